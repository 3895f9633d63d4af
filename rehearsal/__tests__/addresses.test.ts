import { replaceAddresses } from "../src/addresses";

const url = (port: number) => `http://127.0.0.1:${port}`;

it("replaces the addresses of all servers at once, under either name of the machine", () => {
  // The second of the new ones is the first of the old ones.
  const change = replaceAddresses([url(40001), url(40002)], [url(40002), url(40003)]);
  expect(change("http://127.0.0.1:40001/a http://localhost:40002/b 127.0.0.1%3A40001")).toBe(
    "http://127.0.0.1:40002/a http://localhost:40003/b 127.0.0.1%3A40002",
  );
});

it("leaves other ports and other hosts alone", () => {
  const change = replaceAddresses([url(40001)], [url(40002)]);
  const text = "127.0.0.1:400011 127.0.0.1:50001 example.com:40001";
  expect(change(text)).toBe(text);
});

it("refuses a port of another length, and says where the range is set", () => {
  expect(() => replaceAddresses([url(40001)], [url(8080)])).toThrow(
    /port 40001 cannot be restored with port 8080.*ip_local_port_range/,
  );
});
