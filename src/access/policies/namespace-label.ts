/** The label with a namespace's name, which the API server sets. */
export const NAMESPACE_LABEL = "kubernetes.io/metadata.name";
