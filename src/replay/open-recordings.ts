import { ClusterFiles } from "../cluster-source/cluster-files.ts";
import { InvalidObjects } from "../cluster-source/invalid-objects.ts";
import { type CommonOptions, readSettings } from "../config.ts";
import type { ClusterIndex } from "../inventory/cluster-index.ts";
import { readEventsFile } from "../kubernetes/files/events-file.ts";
import type { CollectedGraphOptions } from "../output/collected-graph.ts";
import { checkCaptures, type NodeFiles } from "./capture-arguments.ts";
import type { Recording } from "./replay.ts";

/** Options on the cluster and the nodes of captures, as commander returns them. */
export type RecordingOptions = Pick<
  CommonOptions,
  "cluster" | "events" | "node" | "agents" | "externalCidr" | "clusterDomain" | "preferLabels" | "keepNodes" | "dnsPort"
>;

/** Recordings whose files can be read, with their cluster. */
export interface OpenedRecordings {
  /** One for each node. */
  readonly recordings: readonly Recording[];
  /** Bytes of all files, for the progress bar. */
  readonly sizes: readonly number[];
  readonly cluster: ClusterFiles;
}

/** Every file that is read for these captures. */
export function inputFiles(groups: readonly NodeFiles[], { cluster = [], events }: RecordingOptions): string[] {
  return [...groups.flatMap(({ files }) => files), ...cluster, ...(events === undefined ? [] : [events])];
}

/** Checks the captures, and reads the cluster. Throws ConfigError, and CaptureError for a file that is no capture. */
export function openRecordings(groups: readonly NodeFiles[], options: RecordingOptions): OpenedRecordings {
  const settings = readSettings(options);
  const sizes = checkCaptures(groups.flatMap(({ files }) => files));
  const cluster = readCluster(options);
  cluster.nodes.checkAgents(settings.agents);
  const origin = options.node === undefined ? "--capture" : "--node";
  for (const { node } of groups) if (node !== null) cluster.nodes.check(node, settings.agents, origin);
  const recordings = groups.map(({ node, files }) => ({ files, options: { feed: cluster.feed(), node, ...settings } }));
  return { recordings, sizes, cluster };
}

/** What a graph of these recordings takes from their cluster. */
export function clusterOptions({ recordings, cluster }: OpenedRecordings): Omit<CollectedGraphOptions, "keepNodes"> {
  return {
    hasCluster: !cluster.isEmpty,
    hasService: (namespace, name) =>
      recordings.some(({ options: { feed } }) => feed.index.services.named(namespace, name) !== null),
    described: () => ({ index: newestIndex(recordings), scope: null }),
  };
}

/** Each recording has an index of its own, with the changes up to its end. The one with most changes describes the cluster. */
function newestIndex(recordings: OpenedRecordings["recordings"]): ClusterIndex {
  const indexes = recordings.map(({ options: { feed } }) => feed.index);
  return indexes.reduce((newest, index) => (index.version > newest.version ? index : newest));
}

function readCluster(options: RecordingOptions): ClusterFiles {
  const invalidObjects = new InvalidObjects();
  const events = options.events === undefined ? [] : readEventsFile(options.events, invalidObjects.add);
  const cluster = new ClusterFiles(options, events, invalidObjects);
  if (options.events !== undefined) cluster.printMissingKinds(options.events);
  return cluster;
}
