// EDGE: fs
import { readdirSync } from "node:fs";
import { join } from "node:path";
import type { Job } from "./schedule.ts";

/** Tests of a kind: what they need, which `test/test-run/needs.test.ts` compares with what they start, and how busy they keep a machine. */
interface Kind {
  readonly name: string;
  readonly files: RegExp;
  readonly processors: number;
  readonly needs: readonly string[];
  readonly atOnce?: number;
}

const SERVERS = [
  "collector",
  "tempo",
  "kubernetes",
  "coredns",
  "helm-3",
  "helm-4",
  "helm-docs",
  "monitoring-crds",
  "cilium-crds",
  "cyclonus",
  "kube-router",
];
const PACKAGES = "Debian packages";
const NODE_24 = "Node 24";
const IMAGES = ["image for amd64", "image for arm64"];

/**
 * The first kind whose pattern a file matches, in the order in which they start: what takes long first, so that short files
 * fill the end. Shares of processors are measured, on a calm machine with two: the tables at the end of a run have them. Where
 * what a test holds against the truth is a matter of time, too, they are larger.
 */
const KINDS: readonly Kind[] = [
  // What people wait for has limits of time.
  {
    name: "browser",
    files: /browser[^/]*$|^lab\/serve-map/,
    processors: 1.5,
    needs: [PACKAGES, "kubernetes"],
    atOnce: 1,
  },
  // With 8 GB of memory, beside no compiler.
  {
    name: "forty senders",
    files: /^consumers\/(counts|tempo-limits)/,
    processors: 1,
    needs: [PACKAGES, ...SERVERS],
    atOnce: 1,
  },
  // Pods have probes, and packets wait ten seconds for an agent that starts.
  {
    name: "real clusters",
    files: /^cluster\//,
    processors: 0.9,
    needs: [PACKAGES, "kubernetes", "collector", "coredns", "helm-4", ...IMAGES],
    atOnce: 2,
  },
  // A sensor under a flood has two seconds for its end.
  { name: "image under a flood", files: /^image\/launcher/, processors: 1.5, needs: [PACKAGES, ...IMAGES], atOnce: 1 },
  { name: "image", files: /^image\//, processors: 0.6, needs: [PACKAGES, ...IMAGES] },
  { name: "consumers", files: /^consumers\//, processors: 0.45, needs: [PACKAGES, "collector", "tempo"] },
  {
    name: "test lab",
    files: /^lab\//,
    processors: 0.7,
    needs: [PACKAGES, "collector", "kubernetes", "kube-router"],
    atOnce: 2,
  },
  { name: "npm", files: /^install\//, processors: 0.7, needs: [PACKAGES, "kubernetes"] },
  {
    name: "API server",
    files: /^(api-server|servers)\//,
    processors: 0.4,
    needs: [PACKAGES, "kubernetes", "cilium-crds"],
  },
  {
    name: "chart",
    files: /^chart-slow\//,
    processors: 0.4,
    needs: [PACKAGES, "collector", "tempo", "kubernetes", "helm-3", "helm-4", "helm-docs", "monitoring-crds"],
  },
  { name: "policy engine", files: /^engines\//, processors: 0.4, needs: [PACKAGES, "cyclonus"] },
  { name: "Collector", files: /^collector\//, processors: 0.25, needs: [PACKAGES, "collector"] },
];
/** Fast tests of logic, and of this repository: versions of Node do not differ in what they use, so the machine's is enough. */
export const LOGIC =
  /^(access|accuracy|answers|bench|correlate|descriptions|inventory|project|reported|resolve|scenarios|test-run)\//;
const FAST = { processors: 0.4, timeoutSeconds: 600 };
const SLOW_TIMEOUT_SECONDS = 900;

const LONG = 3_600;
const step = (name: string, command: readonly string[], more: Partial<Job> = {}): Job => ({
  name,
  kind: "set-up",
  command,
  needs: [],
  processors: 1,
  atOnce: Number.POSITIVE_INFINITY,
  timeoutSeconds: LONG,
  isTest: false,
  ...more,
});

/**
 * What the slow tests need. A build takes the processors that it gets, so builds come one after another, and `nice` leaves
 * the processors to the tests that run beside them.
 */
function setUpSteps(): Job[] {
  const scripts = ["lab", "chromium", "prometheus", "cluster", "iptables", "image"];
  const packages = scripts.map((name) => `bash scripts/setup-${name}.sh`).join(" && ");
  return [
    step(PACKAGES, ["bash", "-c", packages], { processors: 0.5 }),
    ...SERVERS.map((server) =>
      step(server, ["nice", "bash", "scripts/build-server.sh", server], { kind: "server", processors: 0.5, atOnce: 1 }),
    ),
    ...["amd64", "arm64"].map((architecture) =>
      step(`image for ${architecture}`, ["nice", "bash", "scripts/build-image.sh", architecture], {
        kind: "image build",
        needs: [PACKAGES],
        processors: 0.5,
        atOnce: 1,
      }),
    ),
    step(NODE_24, ["bash", "scripts/node24.sh", "node", "--version"]),
  ];
}

const lint = step("lint", ["npx", "--no-install", "biome", "check", "--error-on-warnings", "."], { processors: 0.5 });

/** Compiled files of tests below a folder, as paths from there. */
function testFiles(folder: string): string[] {
  const names = readdirSync(folder, { recursive: true, encoding: "utf8" });
  return names.filter((name) => name.endsWith(".test.js")).toSorted();
}

function testJob(file: string, kind: string, more: Partial<Job>): Job {
  return step(file, ["node", "--test-reporter=spec", join("dist/test", file)], { kind, isTest: true, ...more });
}

/** All that a run does, in the order in which it begins. `isGate`: what gates a commit. */
export function allJobs(folder: string, isGate: boolean): Job[] {
  const files = testFiles(folder);
  const kindOf = (file: string) => KINDS.find((kind) => kind.files.test(file));
  const fast = files.filter((file) => kindOf(file) === undefined);
  const ownNode = fast.map((file) => testJob(file, "fast", FAST));
  if (isGate) return [lint, ...ownNode];
  const node24 = fast
    .filter((file) => !LOGIC.test(file))
    .map((file) => {
      const job = testJob(file, "fast on Node 24", { ...FAST, needs: [NODE_24] });
      return { ...job, name: `${file} on Node 24`, command: ["bash", "scripts/node24.sh", ...job.command] };
    });
  const slow = KINDS.flatMap(({ name, files: pattern, ...kind }) =>
    files
      .filter((file) => kindOf(file)?.files === pattern)
      .map((file) => testJob(file, name, { timeoutSeconds: SLOW_TIMEOUT_SECONDS, ...kind })),
  );
  return [...setUpSteps(), lint, ...slow, ...ownNode, ...node24];
}
