// Decodes datagrams with @msgpack/msgpack. One datagram per line in hexadecimal comes in; the MessagePack values in it go
// out, separated by blanks: numbers in decimal, text in quotes, bin as hexadecimal in angle brackets.
// Usage: node decode.cjs FOLDER, where FOLDER holds node_modules.
const { createRequire } = require("module");
const path = require("path");
const { decodeMulti } = createRequire(path.resolve(process.argv[2], "package.json"))("@msgpack/msgpack");

function show(value) {
  if (Array.isArray(value)) return `[${value.map(show).join(", ")}]`;
  if (value instanceof Uint8Array) return `<${Buffer.from(value).toString("hex")}>`;
  return typeof value === "string" ? JSON.stringify(value) : String(value);
}

for (const line of require("fs").readFileSync(0, "ascii").split("\n").filter((text) => text.length > 0)) {
  const values = [...decodeMulti(Buffer.from(line, "hex"), { useBigInt64: true })];
  process.stdout.write(values.map(show).join(" ") + "\n");
}
