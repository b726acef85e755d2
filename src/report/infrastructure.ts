/** Names of stores and brokers, as a word of a workload's name. */
const STORES =
  /(^|-)(postgres(ql)?|pg|mysql|mariadb|percona|mongo(db)?|redis|valkey|dragonfly|memcached|kafka|zookeeper|rabbitmq|nats|pulsar|activemq|cassandra|scylla|elasticsearch|opensearch|solr|clickhouse|etcd|consul|vault|minio|cockroach(db)?|couchdb|couchbase|neo4j|influxdb|timescale(db)?|mssql|oracle|tidb|tikv)(-|\d|$)/;
const PROXIES =
  /(^|-)(proxy|envoy|nginx|haproxy|traefik|kong|ingress|gateway-api|istio-ingressgateway|istio-egressgateway|varnish|squid|pgbouncer|twemproxy|kube-proxy|konnectivity-agent)(-|\d|$)/;

/** Ports on which only stores and brokers listen by default. */
const STORE_PORTS: ReadonlyMap<number, string> = new Map([
  [1433, "SQL Server"],
  [1521, "Oracle"],
  [2181, "ZooKeeper"],
  [2379, "etcd"],
  [3306, "MySQL"],
  [4222, "NATS"],
  [5432, "PostgreSQL"],
  [5672, "AMQP"],
  [6379, "Redis"],
  [8123, "ClickHouse"],
  [9042, "Cassandra"],
  [9092, "Kafka"],
  [9200, "Elasticsearch"],
  [11211, "memcached"],
  [26257, "CockroachDB"],
  [27017, "MongoDB"],
]);

export const isStorePort = (port: number): boolean => STORE_PORTS.has(port);

/**
 * What makes a workload a store or a proxy: `store (port 6379, Redis)`, `proxy (by its name)`; null if it is neither. A
 * proxy forwards the trace context of others, and a store rarely exports spans. `servedPorts`: where it was seen listening.
 */
export function infrastructureOf(name: string, servedPorts: ReadonlySet<number>): string | null {
  const lower = name.toLowerCase();
  if (STORES.test(lower)) return "store (by its name)";
  const [port] = servedPorts;
  if (port !== undefined && [...servedPorts].every(isStorePort)) {
    return `store (port ${port}, ${STORE_PORTS.get(port)})`;
  }
  return PROXIES.test(lower) ? "proxy (by its name)" : null;
}
