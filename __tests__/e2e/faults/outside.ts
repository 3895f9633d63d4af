import { DeleteTopicCommand, SNSClient } from "@aws-sdk/client-sns";
import { DeleteParameterCommand, PutParameterCommand, SSMClient } from "@aws-sdk/client-ssm";
import { clientConfig } from "../../../rehearsal/src/aws/client-config";
import { Subscriber } from "../subscriber";
import type { FaultHarness } from "./fault-harness";

const TopicArn = "arn:aws:sns:eu-west-1:111122223333:hw-codebuild-failed-sns";

/** Breaks what the pipeline depends on. */
export function outsideFails(harness: () => FaultHarness): void {
  describe("a pipeline whose dependencies fail", () => {
    let failures: Subscriber | undefined;
    const sns = () => new SNSClient(clientConfig(harness().session.aws.context));
    const listen = async () => {
      failures?.end();
      failures = await Subscriber.to(sns(), TopicArn);
      return failures;
    };
    afterAll(() => failures?.end());

    it("fails in Source1 and notifies when GitHub does not accept the token", async () => {
      const topic = await listen();
      harness().session.renewGithubToken();
      const execution = await harness().startPipeline();
      expect(execution.failure).toMatchObject({ action: "Source1" });
      await topic.message((text) => text.includes(execution.id));
    });

    it("still fails in Source1 when the topic is missing", async () => {
      await sns().send(new DeleteTopicCommand({ TopicArn }));
      expect((await harness().startPipeline()).failure).toMatchObject({ action: "Source1" });
    });

    it("is repaired by npm run bootstrap, which reads the new token from the variable and never prints it", async () => {
      const { code, output } = await harness().npm("bootstrap");
      expect([code, code === 0 ? "" : output]).toEqual([0, ""]);
      expect(output).not.toContain(harness().session.githubToken);
      expect((await harness().startPipeline()).status).toBe("Succeeded");
      expect(await harness().diff()).toEqual({
        pipeline: "No changes.",
        "service-dev": "No changes.",
        "service-prod": "No changes.",
        state: "No changes.",
      });
    });

    it("fails before the first command of a build and raises the alarm when a setting is missing", async () => {
      const topic = await listen();
      const ssm = new SSMClient(clientConfig(harness().session.aws.context));
      const Name = "/hw/hw_stack_name";
      await ssm.send(new DeleteParameterCommand({ Name }));
      const { status, log } = await harness().buildEnd(await harness().startBuild("DeployOnDev"));
      await ssm.send(new PutParameterCommand({ Name, Type: "String", Value: "hw" }));
      expect(status).toBe("FAILED");
      expect(log).toContain(Name);
      expect(log).not.toContain("Running command");
      expect(await topic.message((text) => text.includes("hw-DeployOnDev-failed"))).toContain('"ALARM"');
    });
  });
}
