import { checkQuotas } from "../../../tasks/account/quotas";
import { settingsWith } from "../../support/settings";
import { awsOfThisProcess, type AwsStandIn, type Reply } from "../aws-stand-in";

let aws: AwsStandIn;
beforeAll(async () => {
  aws = await awsOfThisProcess();
});
afterAll(() => aws.stop());

interface Account {
  /** Concurrent executions: the quota, and what is not reserved of it. */
  limit?: number;
  unreserved?: number;
  /** What each function of ours has reserved; undefined: there is no function yet. */
  reserved?: number;
  rate?: number;
  builds?: number;
}

/** What the check says in an account like this. */
async function said(settings: Parameters<typeof settingsWith>[0], account: Account): Promise<string> {
  const { limit = 1000, unreserved = limit, reserved, rate = 10_000, builds = 60 } = account;
  aws.answer = ({ operation, input }) => {
    if (operation === "GetServiceQuota") {
      const value = { apigateway: rate, codebuild: builds }[String(input.ServiceCode)];
      return { body: { Quota: { Value: value } } };
    }
    if (String(input.path).includes("account-settings")) {
      const AccountLimit = { ConcurrentExecutions: limit, UnreservedConcurrentExecutions: unreserved };
      return { body: { AccountLimit } };
    }
    return reserved === undefined
      ? { status: 404, headers: { "x-amzn-errortype": "ResourceNotFoundException" }, body: {} }
      : { body: { ReservedConcurrentExecutions: reserved } };
  };
  return checkQuotas(settingsWith(settings), ["dev", "prod"]).then(
    () => "",
    (refusal: Error) => refusal.message,
  );
}

it("checkQuotas accepts values up to the account's quotas", async () => {
  expect(await said({ service_concurrency: "225" }, { limit: 1000 })).toBe("");
  expect(await said({ service_requests_per_second: "10000" }, { rate: 10_000 })).toBe("");
});

it("checkQuotas reads the quotas by the codes that AWS documents", async () => {
  aws.calls.length = 0;
  await said({}, {});
  expect(aws.calls.map(({ input }) => input)).toEqual([
    { ServiceCode: "apigateway", QuotaCode: "L-8A5B8E43" },
    { ServiceCode: "codebuild", QuotaCode: "L-9D07B6EF" },
  ]);
});

it("checkQuotas accepts one concurrent build, and a quota without a value", async () => {
  const log = jest.spyOn(console, "log").mockImplementation();
  expect(await said({}, { builds: 1 })).toBe("");
  aws.answer = () => ({ body: {} });
  await expect(checkQuotas(settingsWith(), ["dev"])).resolves.toBeUndefined();
  expect(log).not.toHaveBeenCalled();
  log.mockRestore();
});

it("checkQuotas counts nothing for a function without reserved concurrency, and fails if it cannot read it", async () => {
  const AccountLimit = { ConcurrentExecutions: 104, UnreservedConcurrentExecutions: 104 };
  let ofFunction: Reply = { body: {} };
  aws.answer = ({ operation, input }) => {
    if (operation === "GetServiceQuota") return { body: {} };
    return String(input.path).includes("account-settings") ? { body: { AccountLimit } } : ofFunction;
  };
  const check = (service_concurrency: string) => checkQuotas(settingsWith({ service_concurrency }), ["dev"]);
  await expect(check("2")).resolves.toBeUndefined();
  await expect(check("3")).rejects.toThrow("Lambda can reserve 4 here");
  const headers = { "x-amzn-errortype": "AccessDeniedException" };
  ofFunction = { status: 403, headers, body: { message: "not authorized" } };
  await expect(check("2")).rejects.toThrow("not authorized");
});

it("checkQuotas refuses more concurrency than Lambda can reserve, and names the number of functions", async () => {
  const message = await said({ service_concurrency: "9000" }, { limit: 573 });
  expect(message).toContain(
    "service_concurrency is 9000, for each of 4 functions: 36000 concurrent executions.",
  );
  expect(message).toContain("Lambda can reserve 473 here: this account and region has 573,");
  expect(message).toContain("Set it to 118 or less,");
  expect(message).toMatch(/Nothing was created\.$/);
  expect(await said({ service_concurrency: "226" }, { limit: 1000 })).toContain("Set it to 225 or less");
});

it("checkQuotas subtracts the concurrency that other functions reserve", async () => {
  const message = await said({ service_concurrency: "200" }, { limit: 1000, unreserved: 300 });
  expect(message).toContain(
    "other functions have 700 reserved and 100 stay unreserved. Set it to 50 or less",
  );
  expect(message).toContain(", leave it out, or have the quota “Concurrent executions” of AWS Lambda raised");
  const deployed = await said({ service_concurrency: "200" }, { limit: 1000, unreserved: 300, reserved: 50 });
  expect(deployed).toContain("Lambda can reserve 400 here: this account and region has 1000,");
  expect(deployed).toContain("other functions have 500 reserved and 100 stay unreserved. Set it to 100");
});

it("checkQuotas accepts a value that is deployed already", async () => {
  expect(await said({ service_concurrency: "200" }, { limit: 1000, unreserved: 200, reserved: 200 })).toBe(
    "",
  );
});

it("checkQuotas offers no value in a new account, whose quota of 10 cannot be reserved", async () => {
  const message = await said({ service_concurrency: "1" }, { limit: 10 });
  expect(message).toContain("Lambda can reserve 0 here");
  expect(message).toContain("Leave it out, or have the quota");
});

it("checkQuotas does not call Lambda without the setting", async () => {
  aws.calls.length = 0;
  expect(await said({}, { limit: 10 })).toBe("");
  expect(aws.calls.map(({ operation }) => operation)).toEqual(["GetServiceQuota", "GetServiceQuota"]);
});

it("checkQuotas refuses a rate above the account's quota for APIs", async () => {
  expect(await said({ service_requests_per_second: "3000" }, { rate: 2500 })).toContain(
    "service_requests_per_second is 3000, and the quota for all APIs of this account and region is 2500. Set it to 2500 or less, or have the quota “Throttle rate” of Amazon API Gateway raised in Service Quotas.",
  );
});

it("checkQuotas refuses an account that runs no builds, and reports all problems at once", async () => {
  const message = await said({ service_requests_per_second: "3000" }, { rate: 2500, builds: 0 });
  expect(message).toMatch(
    /^service_requests_per_second [^\n]*\n\nCodeBuild runs no build in this account and region[^\n]* AccountLimitExceededException\. [^\n]*raised to 1 or more[^\n]*\n\nNothing was created\.$/,
  );
});

it("checkQuotas continues if a quota cannot be read, and says so", async () => {
  const log = jest.spyOn(console, "log").mockImplementation();
  aws.answer = () => ({ status: 400, body: { __type: "AccessDeniedException", message: "no" } });
  await checkQuotas(settingsWith(), ["dev", "prod"]);
  expect(log.mock.calls.flat().join("\n")).toContain(
    "The quota L-9D07B6EF of codebuild cannot be read (AccessDeniedException: no)",
  );
  log.mockRestore();
});
