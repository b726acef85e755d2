/*
 * The image's entry point: hands the right to capture, CAP_NET_RAW, to Node, which it then becomes.
 *
 * Kubernetes cannot give a capability to a process that is not root: it has no field for ambient capabilities, and
 * without one the kernel takes all of them away at exec. A file capability on node itself would help, but makes the
 * kernel start it in secure mode, where NODE_OPTIONS and NODE_EXTRA_CA_CERTS are ignored, and `cap_net_raw+ep` stops
 * it from starting at all where NET_RAW is not granted. So this file alone has `cap_net_raw+p`, makes it ambient, and
 * lets Node start as a plain program. It is C because it must be a program of its own, that runs before Node does.
 * capabilities(7), "Transformation of capabilities during execve()".
 */
#include <errno.h>
#include <linux/capability.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

static const __u32 net_raw = CAP_TO_MASK(CAP_NET_RAW);

/* What src/wirespan.sh starts. */
static char *const program[] = {NODE, "--max-semi-space-size=4", "--heap-growing-percent=50", PROGRAM};
enum { PROGRAM_LENGTH = sizeof program / sizeof *program };

/* Gives the capability to what this process becomes: 1; 0 where it has none to give; -1 with errno where it cannot. */
static int pass_on_net_raw(void) {
  struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
  struct __user_cap_data_struct sets[_LINUX_CAPABILITY_U32S_3];
  if (syscall(SYS_capget, &header, sets) != 0) return -1;
  if (!(sets[0].permitted & net_raw)) return 0;
  sets[0].inheritable |= net_raw;
  if (syscall(SYS_capset, &header, sets) != 0) return -1;
  return prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, CAP_NET_RAW, 0, 0) == 0 ? 1 : -1;
}

int main(int argc, char **argv) {
  int passed_on = pass_on_net_raw();
  if (passed_on < 0)
    fprintf(stderr, "wirespan: NET_RAW cannot be passed on to node (%s); run the container as uid 0\n", strerror(errno));
  /* Granted to the container, but not to this file. Where it is not granted, wirespan says so itself. */
  if (passed_on == 0 && prctl(PR_CAPBSET_READ, CAP_NET_RAW, 0, 0, 0) == 1)
    fprintf(stderr,
            "wirespan: %s has lost its file capability cap_net_raw+p, so uid %u cannot capture; copy the image with "
            "extended attributes, or run the container as uid 0\n",
            LAUNCHER, (unsigned)getuid());
  char *arguments[PROGRAM_LENGTH + argc];
  memcpy(arguments, program, sizeof program);
  /* Without the first, and with the null at the end. */
  memcpy(arguments + PROGRAM_LENGTH, argv + 1, argc * sizeof *argv);
  execv(NODE, arguments);
  fprintf(stderr, "wirespan: %s cannot be started: %s\n", NODE, strerror(errno));
  return 127;
}
