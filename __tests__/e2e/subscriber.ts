import { ConfirmSubscriptionCommand, SNSClient, SubscribeCommand } from "@aws-sdk/client-sns";
import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as pause } from "node:timers/promises";

/** An HTTP subscription to a topic. */
export class Subscriber {
  readonly messages: string[] = [];

  private constructor(private readonly server: Server) {}

  static async to(client: SNSClient, topicArn: string): Promise<Subscriber> {
    const server = createServer();
    const subscriber = new Subscriber(server);
    server.on("request", (request, response) => {
      let body = "";
      request.setEncoding("utf8").on("data", (text: string) => (body += text));
      request.on("end", () => {
        const { Type, Message, Token } = JSON.parse(body) as Record<string, string>;
        if (Type === "Notification") subscriber.messages.push(Message ?? "");
        else void client.send(new ConfirmSubscriptionCommand({ TopicArn: topicArn, Token }));
        response.end();
      });
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    await client.send(
      new SubscribeCommand({ TopicArn: topicArn, Protocol: "http", Endpoint: `http://127.0.0.1:${port}/` }),
    );
    return subscriber;
  }

  /** The first message that fits, within half a minute. */
  async message(fits: (message: string) => boolean): Promise<string> {
    for (let tries = 0; tries < 60; tries++) {
      const message = this.messages.find(fits);
      if (message !== undefined) return message;
      await pause(500);
    }
    throw new Error(`No such message; these came: ${JSON.stringify(this.messages)}`);
  }

  end(): void {
    this.server.close();
    this.server.closeAllConnections();
  }
}
