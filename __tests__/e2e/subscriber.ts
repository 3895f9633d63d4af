import { ConfirmSubscriptionCommand, SNSClient, SubscribeCommand } from "@aws-sdk/client-sns";
import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { eventually } from "../../rehearsal/__tests__/support/eventually";

/** An HTTP subscription to a topic. */
export class Subscriber {
  readonly messages: string[] = [];

  private constructor(private readonly server: Server) {}

  /** Subscribes, and waits until that is confirmed: before, SNS delivers nothing. */
  static async to(client: SNSClient, topicArn: string): Promise<Subscriber> {
    const server = createServer();
    const subscriber = new Subscriber(server);
    let isConfirmed = false;
    server.on("request", (request, response) => {
      let body = "";
      request.setEncoding("utf8").on("data", (text: string) => (body += text));
      request.on("end", () => {
        const { Type, Message, Token } = JSON.parse(body) as Record<string, string>;
        if (Type === "Notification") subscriber.messages.push(Message ?? "");
        else
          void client
            .send(new ConfirmSubscriptionCommand({ TopicArn: topicArn, Token }))
            .then(() => (isConfirmed = true));
        response.end();
      });
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    await client.send(
      new SubscribeCommand({ TopicArn: topicArn, Protocol: "http", Endpoint: `http://127.0.0.1:${port}/` }),
    );
    await eventually("the subscription is confirmed", () => isConfirmed, 120);
    return subscriber;
  }

  /** Waits for a message. */
  async message(matches: (message: string) => boolean): Promise<string> {
    return eventually("a message is delivered", () => this.messages.find(matches), 120).catch(
      (error: Error) => {
        throw new Error(`${error.message}. Delivered: ${JSON.stringify(this.messages)}`);
      },
    );
  }

  end(): void {
    this.server.close();
    this.server.closeAllConnections();
  }
}
