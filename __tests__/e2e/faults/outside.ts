import { DeleteTopicCommand, SNSClient } from "@aws-sdk/client-sns";
import { DeleteParameterCommand, PutParameterCommand, SSMClient } from "@aws-sdk/client-ssm";
import { clientConfig } from "../../../rehearsal/src/aws/client-config";
import { Subscriber } from "../subscriber";
import type { FaultHarness } from "./fault-harness";

const TopicArn = "arn:aws:sns:eu-west-1:111122223333:hw-codebuild-failed-sns";

/** What the pipeline depends on fails: it fails too, and says so. */
export function outsideFails(harness: () => FaultHarness): void {
  describe("what the pipeline depends on", () => {
    let failures: Subscriber | undefined;
    const sns = () => new SNSClient(clientConfig(harness().session.aws.context));
    const listen = async () => {
      failures?.end();
      failures = await Subscriber.to(sns(), TopicArn);
      return failures;
    };
    afterAll(() => failures?.end());

    it("GitHub refuses a token that was renewed: Source1 fails, and the topic hears of it", async () => {
      const topic = await listen();
      harness().session.renewGithubToken();
      const execution = await harness().startPipeline();
      expect(execution.failure).toMatchObject({ action: "Source1" });
      await topic.message((text) => text.includes(execution.id));
    });

    it("SNS has no topic any more: what fails still fails", async () => {
      await sns().send(new DeleteTopicCommand({ TopicArn }));
      expect((await harness().startPipeline()).failure).toMatchObject({ action: "Source1" });
    });

    it("is put right by npm run bootstrap, which takes the token from the variable and shows it nowhere", async () => {
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

    it("SSM does not give a setting: the build fails before its first command, and the alarm is raised", async () => {
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
