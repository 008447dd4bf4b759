// Copies what the page needs out of the installed packages, licenses included, into the directory that is built into the
// operator. make verify runs it and fails if anything differs from what is checked in.

import { copyFile, mkdir, readdir, rm } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";

const here = path.dirname(fileURLToPath(import.meta.url));
const target = path.join(here, "../../webhooks/dashboard/assets/vendor");

const wanted = {
  uplot: { from: "uplot", files: ["LICENSE", "dist/uPlot.esm.js", "dist/uPlot.min.css"] },
};

for (const name of await readdir(target)) {
  if (!(name in wanted)) await rm(path.join(target, name), { recursive: true });
}
for (const [name, { from, files }] of Object.entries(wanted)) {
  const to = path.join(target, name);
  await rm(to, { recursive: true, force: true });
  await mkdir(to, { recursive: true });
  for (const file of files) await copyFile(path.join(here, "node_modules", from, file), path.join(to, path.basename(file)));
}
