import fc from "fast-check";
import { isLater } from "../../../lambda-src/record-object/sequencer";

const sequencers = fc.bigInt({ min: 0n, max: 2n ** 80n });
const spelled = (value: bigint, zeros: number, upper: boolean) => {
  const hex = "0".repeat(zeros) + value.toString(16);
  return upper ? hex.toUpperCase() : hex;
};

it("sequencers compare as the numbers they are, however many zeros they begin with", () => {
  fc.assert(
    fc.property(
      sequencers,
      fc.oneof(
        sequencers,
        sequencers.map((value) => value / 2n ** 70n),
      ),
      fc.nat(6),
      fc.nat(6),
      fc.boolean(),
      (left, right, leftZeros, rightZeros, upper) =>
        expect(isLater(spelled(left, leftZeros, upper), spelled(right, rightZeros, true))).toBe(left > right),
    ),
  );
});

it("an event is not later than itself", () => {
  expect(isLater("0055AED6DCD90281E5", "55aed6dcd90281e5")).toBe(false);
});
