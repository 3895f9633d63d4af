import { SNSClient } from "@aws-sdk/client-sns";
import { DeleteParameterCommand, PutParameterCommand, SSMClient } from "@aws-sdk/client-ssm";
import { clientConfig } from "../../../rehearsal/cloud/client-config";
import { Subscriber } from "../subscriber";
import type { Stand } from "./stand";

/** What the pipeline depends on fails: it fails too, and says so. */
export function outsideFails(stand: () => Stand): void {
  let failures: Subscriber;
  beforeAll(async () => {
    const topic = "arn:aws:sns:eu-west-1:111122223333:hw-codebuild-failed-sns";
    failures = await Subscriber.to(new SNSClient(clientConfig(stand().session.cloud.cloud)), topic);
  });
  afterAll(() => failures?.end());

  it("a setting that SSM does not give fails the build before its first command, and raises the alarm", async () => {
    const ssm = new SSMClient(clientConfig(stand().session.cloud.cloud));
    const Name = "/hw/hw_stack_name";
    await ssm.send(new DeleteParameterCommand({ Name }));
    const { status, log } = await stand().ended(await stand().start("DeployOnDev"));
    await ssm.send(new PutParameterCommand({ Name, Type: "String", Value: "hw" }));
    expect(status).toBe("FAILED");
    expect(log).toContain(Name);
    expect(log).not.toContain("Running command");
    expect(await failures.message((text) => text.includes("hw-DeployOnDev-failed"))).toContain('"ALARM"');
  });

  describe("a GitHub token that is renewed", () => {
    it("fails Source1 as long as the pipeline has the old one, and the topic hears of it", async () => {
      stand().session.renewGithubToken();
      const execution = await stand().startPipeline();
      expect(execution.failure).toMatchObject({ action: "Source1" });
      await failures.message((text) => text.includes(execution.id));
    });

    it("is taken over by npm run bootstrap, from the variable, and shown nowhere", async () => {
      const { code, output } = await stand().npm(["bootstrap"]);
      expect([code, code === 0 ? "" : output]).toEqual([0, ""]);
      expect(output).not.toContain(stand().session.githubToken);
    });

    it("reads the next run's source, and no stack has anything left to change", async () => {
      expect((await stand().startPipeline()).status).toBe("Succeeded");
      expect(await stand().diff()).toEqual({
        pipeline: "no changes",
        "service-dev": "no changes",
        "service-prod": "no changes",
        state: "no changes",
      });
    });
  });
}
