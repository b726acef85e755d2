// EDGE: process. Preloaded by node24.sh: loads the pcap binding of the running Node in place of the checkout's.
const load = process.dlopen;
process.dlopen = (module, file, ...flags) =>
  load(module, file.endsWith("pcap_binding.node") ? process.env.WIRESPAN_NATIVE_BINDING : file, ...flags);
