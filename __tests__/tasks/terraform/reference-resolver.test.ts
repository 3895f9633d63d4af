import { Absent, References } from "../../../tasks/terraform/reference-resolver";
import type { Resource } from "../../../tasks/terraform/synth-output";

const resource = (address: string, args: Record<string, unknown>): Resource => ({
  address,
  type: address.split(".")[0]!,
  arguments: args,
});

const all = [
  resource("aws_lambda_function.api", { function_name: "hw-dev-api" }),
  resource("aws_lambda_alias.live", {
    name: "live",
    function_name: "${aws_lambda_function.api.function_name}",
  }),
  resource("aws_apigatewayv2_api.http", { name: "hw-dev" }),
  resource("aws_apigatewayv2_stage.all", { name: "$default", api_id: "${aws_apigatewayv2_api.http.id}" }),
  resource("aws_kms_key.key", {}),
  resource("aws_kms_alias.alias", { name: "alias/hw", target_key_id: "${aws_kms_key.key.key_id}" }),
];

/** Which ids there are, by the name of their resource, and how often each was looked for. */
function references(ids: Record<string, string>) {
  const looked: string[] = [];
  const found = new References(all, async ({ address, type }, { value, valueOfReferrer }) => {
    looked.push(address);
    if (type === "aws_lambda_alias") return `${await value("function_name")}/${await value("name")}`;
    if (type === "aws_apigatewayv2_stage") return `${await value("api_id")}/${await value("name")}`;
    if (type === "aws_kms_key") return `key of ${await valueOfReferrer("aws_kms_alias", "name")}`;
    return ids[await value("name")];
  });
  return { found, looked };
}

it("an argument of another resource is resolved without a lookup", async () => {
  const { found, looked } = references({});
  expect(await found.id("aws_lambda_alias.live")).toBe("hw-dev-api/live");
  expect(looked).toEqual(["aws_lambda_alias.live"]);
});

it("an id that AWS generates is that of the resource, which is looked up once", async () => {
  const { found, looked } = references({ "hw-dev": "a1b2" });
  expect(await found.id("aws_apigatewayv2_stage.all")).toBe("a1b2/$default");
  expect(await found.id("aws_apigatewayv2_api.http")).toBe("a1b2");
  expect(looked).toEqual(["aws_apigatewayv2_stage.all", "aws_apigatewayv2_api.http"]);
});

it("a reference to a missing resource is unresolved", async () => {
  const { found } = references({});
  expect(await found.id("aws_apigatewayv2_stage.all")).toBeUndefined();
});

it("a resource without a name is identified by the one that refers to it", async () => {
  const { found } = references({});
  expect(await found.id("aws_kms_key.key")).toBe("key of alias/hw");
});

describe("a value of a resource", () => {
  const one = resource("aws_a.one", {
    text: "a ${aws_b.two.name} b",
    inside: "${aws_b.two.name} and more",
    other: "${aws_b.two.name}",
    missing: "${aws_b.none.name}",
  });
  const two = resource("aws_b.two", { name: "second", label: "another" });

  /** What a finder reads of the first resource. */
  const read = (
    find: (values: Parameters<ConstructorParameters<typeof References>[1]>[1]) => Promise<string | undefined>,
    others: readonly Resource[] = [two],
  ) =>
    new References([one, ...others], async (found, values) => (found === one ? find(values) : undefined)).id(
      "aws_a.one",
    );

  it("is resolved only if it is a single reference", async () => {
    expect(await read(({ value }) => value("text"))).toBe("a ${aws_b.two.name} b");
    expect(await read(({ value }) => value("inside"))).toBe("${aws_b.two.name} and more");
    expect(await read(({ value }) => value("other"))).toBe("second");
  });

  it("can be another argument of the resource that it refers to", async () => {
    expect(await read(({ resolve }) => resolve("${aws_b.two.name}", "label"))).toBe("another");
  });

  it("is an error if the stack lacks the resource that it refers to", async () => {
    await expect(read(({ value }) => value("missing"))).rejects.toThrow(
      "The stack has no resource aws_b.none.",
    );
  });

  it("of a referrer is that of the resource of the type, and absent if there is none", async () => {
    const referrer = resource("aws_c.three", { name: "third", of: "${aws_a.one.id}" });
    const stranger = resource("aws_d.four", { name: "fourth", of: "${aws_a.one.id}" });
    const ask = (type: string) =>
      read(({ valueOfReferrer }) => valueOfReferrer(type, "name"), [stranger, referrer]);
    expect(await ask("aws_c")).toBe("third");
    expect(await ask("aws_e")).toBeUndefined();
  });

  it("is an error if looking for the resource fails", async () => {
    await expect(read(() => Promise.reject(new Error("not authorized")))).rejects.toThrow("not authorized");
    await expect(read(() => Promise.reject(new Absent()))).resolves.toBeUndefined();
  });
});
