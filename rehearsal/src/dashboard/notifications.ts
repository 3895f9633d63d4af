import {
  ConfirmSubscriptionCommand,
  ListSubscriptionsByTopicCommand,
  NotFoundException,
  SNSClient,
  SubscribeCommand,
} from "@aws-sdk/client-sns";
import { z } from "zod";
import type { Feed } from "./feed";
import { messageView } from "./views";

/** Milliseconds between two attempts to subscribe, and between two checks of the subscription. */
const RETRY = 2_000;
const CHECK = 15_000;
/** Messages that are kept. */
const HISTORY = 100;

const received = z.object({
  Type: z.enum(["SubscriptionConfirmation", "UnsubscribeConfirmation", "Notification"]),
  TopicArn: z.string(),
  Message: z.string(),
  Subject: z.string().nullish(),
  Timestamp: z.string().optional(),
  Token: z.string().optional(),
});

/** Subscribes the page to topics once they exist, and keeps their messages. */
export class Notifications {
  private readonly sns: SNSClient;
  private timer: NodeJS.Timeout | undefined;
  private messages: ReturnType<typeof messageView>[] = [];
  private received = 0;
  private looking = Promise.resolve();
  private stopped = false;

  /**
   * @param topicArns the topics, which do not have to exist yet
   * @param endpoint the URL for SNS, which is a secret
   */
  constructor(
    private readonly feed: Feed,
    private readonly topicArns: readonly string[],
    private readonly endpoint: string,
    clientConfig: object,
  ) {
    this.sns = new SNSClient(clientConfig);
  }

  /** Tries to subscribe from now on. */
  start(): void {
    this.schedule(RETRY);
  }

  /** Receives a request of SNS. @throws for any other request */
  async receive(body: string): Promise<void> {
    const message = received.parse(JSON.parse(body));
    if (!this.topicArns.includes(message.TopicArn)) throw new Error(`Not subscribed to ${message.TopicArn}`);
    if (message.Type === "SubscriptionConfirmation") {
      // With the token, not the URL in the message: a sender cannot choose which server is called.
      const { TopicArn, Token } = message;
      await this.sns.send(new ConfirmSubscriptionCommand({ TopicArn, Token }));
    } else if (message.Type === "Notification") {
      const view = messageView(++this.received, { ...message, Subject: message.Subject ?? undefined });
      this.messages = [view, ...this.messages].slice(0, HISTORY);
      this.feed.set("messages", this.messages);
    }
  }

  async stop(): Promise<void> {
    this.stopped = true;
    clearTimeout(this.timer);
    await this.looking;
    this.sns.destroy();
  }

  private schedule(milliseconds: number): void {
    if (this.stopped) return;
    this.timer = setTimeout(() => {
      this.looking = this.doRefresh();
    }, milliseconds);
  }

  private async doRefresh(): Promise<void> {
    const subscribed = await Promise.all(this.topicArns.map((topicArn) => this.trySubscribe(topicArn)));
    this.schedule(subscribed.includes(false) ? RETRY : CHECK);
  }

  private trySubscribe(topicArn: string): Promise<boolean> {
    return this.subscribe(topicArn).catch((error: Error) => {
      // The topic is part of a stack that may not be deployed yet.
      if (error instanceof NotFoundException) return false;
      if (!this.stopped)
        this.feed.set("fault", { message: `Cannot subscribe to ${topicArn}: ${error.message}` });
      return false;
    });
  }

  /** Returns whether the subscription existed already. */
  private async subscribe(TopicArn: string): Promise<boolean> {
    const { Subscriptions } = await this.sns.send(new ListSubscriptionsByTopicCommand({ TopicArn }));
    if (Subscriptions?.some(({ Endpoint }) => Endpoint === this.endpoint)) return true;
    await this.sns.send(new SubscribeCommand({ TopicArn, Protocol: "http", Endpoint: this.endpoint }));
    return false;
  }
}
