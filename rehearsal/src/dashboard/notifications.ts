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

/** Milliseconds between two looks whether the topic is there, and whether it still is the one subscribed to. */
const SOON = 2_000;
const LATER = 15_000;
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

/** Subscribes the page to a topic as soon as there is one, and keeps the messages that reach it. */
export class Notifications {
  private readonly sns: SNSClient;
  private timer: NodeJS.Timeout | undefined;
  private messages: ReturnType<typeof messageView>[] = [];
  private received = 0;
  private looking = Promise.resolve();
  private stopped = false;

  /**
   * @param topicArn the topic, which need not be there yet
   * @param endpoint where SNS is to send to; nobody else knows its address
   */
  constructor(
    private readonly feed: Feed,
    private readonly topicArn: string,
    private readonly endpoint: string,
    clientConfig: object,
  ) {
    this.sns = new SNSClient(clientConfig);
    this.lookIn(SOON);
  }

  /** Takes what SNS has sent. @throws for anything else */
  async receive(body: string): Promise<void> {
    const message = received.parse(JSON.parse(body));
    if (message.TopicArn !== this.topicArn) throw new Error(`Not subscribed to ${message.TopicArn}`);
    if (message.Type === "SubscriptionConfirmation") {
      // By the token, not by the URL in the message: nothing sent here decides whom this asks.
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

  private lookIn(milliseconds: number): void {
    if (this.stopped) return;
    this.timer = setTimeout(() => {
      this.looking = this.look();
    }, milliseconds);
  }

  private async look(): Promise<void> {
    const isSubscribed = await this.subscribe().catch((error: Error) => {
      // Not yet, or no longer: the topic comes with the pipeline stack.
      if (error instanceof NotFoundException) return false;
      if (!this.stopped) this.feed.set("fault", { message: `No messages of SNS: ${error.message}` });
      return false;
    });
    this.lookIn(isSubscribed ? LATER : SOON);
  }

  /** Resolves with whether SNS had the subscription already. */
  private async subscribe(): Promise<boolean> {
    const TopicArn = this.topicArn;
    const { Subscriptions } = await this.sns.send(new ListSubscriptionsByTopicCommand({ TopicArn }));
    if (Subscriptions?.some(({ Endpoint }) => Endpoint === this.endpoint)) return true;
    await this.sns.send(new SubscribeCommand({ TopicArn, Protocol: "http", Endpoint: this.endpoint }));
    return false;
  }
}
