import { spawnSync } from "node:child_process";
import { join } from "node:path";

const program = `
  const { confirm } = require(${JSON.stringify(join(__dirname, "../../tasks/confirm.ts"))});
  const recheck = async () => {
    console.log("checked again");
    if (process.env.BUSY) throw new Error("a build is running");
  };
  confirm({ question: "Type the stack's name: ", answer: "pipeline", otherwise: "Nothing was changed.", recheck })
    .then(() => console.log("confirmed"), ({ message }) => console.log(message));
`;

/** Lets the operator type a text. @returns the lines that follow the question */
function answer(input: string, env: NodeJS.ProcessEnv = {}): string[] {
  const { stdout } = spawnSync(process.execPath, ["--require", "./tasks/start.cjs", "-e", program], {
    cwd: join(__dirname, "../.."),
    input,
    env: { ...process.env, ...env },
    encoding: "utf8",
  });
  expect(stdout).toContain("Type the stack's name: ");
  return stdout.replace("Type the stack's name: ", "").trim().split("\n");
}

describe("confirm", () => {
  it("accepts the answer, and then checks again", () => {
    expect(answer("pipeline\n")).toEqual(["checked again", "confirmed"]);
  });

  it.each(["no\n", "y\n", "\n", "", "pipelin\n"])("refuses %j without another check", (input) => {
    expect(answer(input)).toEqual(["Nothing was changed."]);
  });

  it("fails if the second check finds another state", () => {
    expect(answer("pipeline\n", { BUSY: "1" })).toEqual(["checked again", "a build is running"]);
  });
});
