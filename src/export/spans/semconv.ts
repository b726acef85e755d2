/**
 * Attribute names that spans carry.
 * Stable ones come from the package; unstable ones are copied here, as OpenTelemetry asks libraries to do, so that
 * an update of the package cannot rename them: https://opentelemetry.io/docs/specs/semconv/general/semantic-convention-groups/
 */
export {
  ATTR_CLIENT_ADDRESS,
  ATTR_ERROR_TYPE,
  ATTR_K8S_CRONJOB_NAME,
  ATTR_K8S_DAEMONSET_NAME,
  ATTR_K8S_DEPLOYMENT_NAME,
  ATTR_K8S_JOB_NAME,
  ATTR_K8S_NAMESPACE_NAME,
  ATTR_K8S_NODE_NAME,
  ATTR_K8S_POD_NAME,
  ATTR_K8S_REPLICASET_NAME,
  ATTR_K8S_STATEFULSET_NAME,
  ATTR_NETWORK_PEER_ADDRESS,
  ATTR_NETWORK_PEER_PORT,
  ATTR_NETWORK_TRANSPORT,
  ATTR_NETWORK_TYPE,
  ATTR_SERVER_ADDRESS,
  ATTR_SERVER_PORT,
  ATTR_SERVICE_NAME,
  ATTR_SERVICE_NAMESPACE,
  NETWORK_TRANSPORT_VALUE_TCP,
  NETWORK_TYPE_VALUE_IPV4,
  NETWORK_TYPE_VALUE_IPV6,
} from "@opentelemetry/semantic-conventions";

// Unstable in @opentelemetry/semantic-conventions 1.45 (semantic conventions 1.4x, registry groups peer, service, dns, k8s).
/** Deprecated by `service.peer.name`, but read by the metrics-generator of Tempo and by Grafana. */
export const ATTR_PEER_SERVICE = "peer.service";
export const ATTR_SERVICE_PEER_NAME = "service.peer.name";
export const ATTR_SERVICE_PEER_NAMESPACE = "service.peer.namespace";
export const ATTR_DNS_QUESTION_NAME = "dns.question.name";
export const ATTR_K8S_REPLICATIONCONTROLLER_NAME = "k8s.replicationcontroller.name";
export const ATTR_K8S_SERVICE_NAME = "k8s.service.name";

// Attributes of wirespan.
/** True on every span: it was made from packets, not by an application. A Collector can filter by it. */
export const ATTR_WIRESPAN_SYNTHETIC = "wirespan.synthetic";
/** `handshake`, `lookup` or `socket`. */
export const ATTR_WIRESPAN_EVIDENCE = "wirespan.evidence";
/** One of the model's `OUTCOMES`. */
export const ATTR_WIRESPAN_OUTCOME = "wirespan.outcome";
/** Milliseconds from the DNS answer to the first SYN. */
export const ATTR_WIRESPAN_NAME_AGE = "wirespan.name.age_ms";
/** End of the CNAME chain. */
export const ATTR_WIRESPAN_CANONICAL_NAME = "wirespan.name.canonical";
/** SYN retransmissions; absent without one. */
export const ATTR_WIRESPAN_RETRIES = "wirespan.retries";
/** Node of the reporting agent. */
export const ATTR_WIRESPAN_REPORTER = "wirespan.reporter";
/**
 * 1/N of a pair that represents N connections, absent for N = 1. Tempo divides by the attribute that its
 * `span_multiplier_key` names, if it is a double above 0.
 */
export const ATTR_WIRESPAN_SPAN_MULTIPLIER = "wirespan.span_multiplier";
