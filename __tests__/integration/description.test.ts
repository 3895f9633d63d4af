import assert from "node:assert/strict";
import { it } from "node:test";
import { request } from "./api-client";

void it("the description says how requests are authorized", async () => {
  const response = await request("GET", "/openapi.json");
  const { components } = (await response.json()) as { components?: { securitySchemes?: object } };
  const { service_auth: auth = "" } = process.env;
  const expected = ["iam", "jwt"].filter((one) => one === auth);
  assert.deepEqual(Object.keys(components?.securitySchemes ?? {}), expected);
});
