import { Testing, TerraformStack } from "cdktf";
import { SqsQueue } from "@cdktf/provider-aws/lib/sqs-queue";
import { acceptedFindings, acceptFindings } from "../../../stacks/constructs/accepted-findings";

const stack = () => new TerraformStack(Testing.app(), "stack");
const queueIn = (scope: TerraformStack) => new SqsQueue(scope, "queue", { name: "q" });

it("a resource's accepted findings are those of every call", () => {
  const queue = queueIn(stack());
  acceptFindings(queue, { CKV_AWS_1: "one" });
  acceptFindings(queue, { CKV_AWS_2: "two" });
  expect(acceptedFindings(queue)).toEqual({ CKV_AWS_1: "one", CKV_AWS_2: "two" });
});

it("a resource that accepts nothing has no reasons", () => {
  expect(acceptedFindings(queueIn(stack()))).toEqual({});
});

it("accepted findings do not change what is deployed, and so not the pipeline's digest", () => {
  const [with_, without] = [stack(), stack()];
  acceptFindings(queueIn(with_), { CKV_AWS_1: "one" });
  queueIn(without);
  expect(Testing.synth(with_)).toBe(Testing.synth(without));
});
