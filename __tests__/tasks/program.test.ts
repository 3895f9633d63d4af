import { runProgram, UsageError } from "../../tasks/program";

let printed: jest.SpyInstance;
beforeEach(() => {
  printed = jest.spyOn(console, "error").mockImplementation();
});
afterEach(() => {
  printed.mockRestore();
  process.exitCode = undefined;
});

/** Runs a program to its end. @returns what it printed and its exit code */
async function run(...program: Parameters<typeof runProgram>) {
  runProgram(...program);
  await new Promise(setImmediate);
  const { exitCode } = process;
  process.exitCode = undefined;
  return { exitCode, printed: printed.mock.calls.flat() as unknown[] };
}

const fail = (error: unknown) => () => {
  throw error;
};
const explained = ({ message }: Error) => `The build failed: ${message}`;

it("prints nothing for a program that succeeds", async () => {
  expect(await run(() => 1)).toEqual({ exitCode: undefined, printed: [] });
});

it.each([
  ["throws", fail(new Error("no bucket")), ["no bucket"]],
  ["rejects", () => Promise.reject(new Error("no bucket")), ["no bucket"]],
  ["throws a text", fail("no bucket"), ["no bucket"]],
])("prints the error of a program that %s, without its stack", async (_, command, lines) => {
  expect(await run(command)).toEqual({ exitCode: 1, printed: lines });
});

it("prints the message that the program has for its errors", async () => {
  expect(await run(fail(new Error("no bucket")), explained)).toEqual({
    exitCode: 1,
    printed: ["The build failed: no bucket"],
  });
});

it("exits with 2 after a usage error, which it prints as it is", async () => {
  expect(await run(fail(new UsageError("Usage: npm test")), explained)).toEqual({
    exitCode: 2,
    printed: ["Usage: npm test"],
  });
});
