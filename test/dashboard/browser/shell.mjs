// Running what the page prints, as somebody does who pastes it into a shell.

import { execFile } from "node:child_process";

// Requests are sent by the test itself: curl only tells what the shell made of the line.
const prelude = `curl() { printf '%s\\n' "$@"; }\n`;

function shell(command, token) {
  return new Promise((resolve) => {
    execFile("sh", ["-c", prelude + command], { env: { ...process.env, TOKEN: token }, timeout: 120_000, maxBuffer: 64 << 20 }, (error, out, errors) => resolve({ code: error?.code ?? 0, out, errors }));
  });
}

// run gives the code, 0 for success, and what was answered.
export async function run(command, token) {
  const result = await shell(command, token);
  if (result.code !== 0 || !command.startsWith("curl ")) return result;
  const words = result.out.trimEnd().split("\n");
  const headers = Object.fromEntries(words.filter((_, i) => words[i - 1] === "-H").map((line) => line.split(/:\s*/, 2)));
  const response = await fetch(words.at(-1), { headers });
  const out = await response.text();
  return response.ok ? { code: 0, out, errors: "" } : { code: response.status, out, errors: out };
}
