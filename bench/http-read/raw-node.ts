/** The peer: `node:http` and nothing else, sending the same bytes and headers. */
import { createServer } from "node:http";

const [, , port = "0", headersJson = "[]", body = ""] = process.argv;
const headers = JSON.parse(headersJson) as string[]; // names and values in turn, from bench.ts
const bytes = Buffer.from(body);

const server = createServer((_request, response) => {
  response.writeHead(200, headers);
  response.end(bytes);
});
server.listen(Number(port), "127.0.0.1", () => console.log("ready"));
process.once("SIGTERM", () => {
  server.close();
  server.closeAllConnections();
});
