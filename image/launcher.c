/*
 * The image's entry point: hands the right to capture, CAP_NET_RAW, to Node, which it then becomes.
 *
 * Kubernetes cannot give a capability to a process that is not root: it has no field for ambient capabilities, and
 * without one the kernel takes all of them away at exec. A file capability on node itself would help, but makes the
 * kernel start it in secure mode, where NODE_OPTIONS and NODE_EXTRA_CA_CERTS are ignored, and `cap_net_raw+ep` stops
 * it from starting at all where NET_RAW is not granted. So this file alone has `cap_net_raw+p`, makes it ambient, and
 * lets Node start as a plain program. It is C because it must be a program of its own, that runs before Node does.
 * capabilities(7), "Transformation of capabilities during execve()".
 *
 * For `sensor` it stays as the parent of Node, and closes a pipe when it is asked to stop: under a flood of packets Node
 * does not return to its event loop, and would not see the signal. The sensor looks at the pipe between two packets.
 */
#include <errno.h>
#include <linux/capability.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static const __u32 net_raw = CAP_TO_MASK(CAP_NET_RAW);

/* What src/wirespan.sh starts. */
static char *const program[] = {
    NODE, "--max-semi-space-size=4", "--heap-growing-percent=50", "--no-allocation-site-pretenuring", PROGRAM};
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

static int become_node(char **arguments) {
  execv(NODE, arguments);
  fprintf(stderr, "wirespan: %s cannot be started: %s\n", NODE, strerror(errno));
  return 127;
}

/* Runs Node as a child, and ends with its exit code. Signals are passed on after the pipe is closed. */
static int supervise(char **arguments) {
  static const int stops[] = {SIGTERM, SIGINT, SIGHUP};
  sigset_t awaited, before;
  int ends[2], number;
  sigemptyset(&awaited);
  sigaddset(&awaited, SIGCHLD);
  for (size_t i = 0; i < sizeof stops / sizeof *stops; i++) sigaddset(&awaited, stops[i]);
  if (pipe(ends) != 0) return become_node(arguments);
  sigprocmask(SIG_BLOCK, &awaited, &before);
  pid_t node = fork();
  if (node <= 0) {
    char descriptor[16];
    sigprocmask(SIG_SETMASK, &before, NULL);
    close(ends[1]);
    snprintf(descriptor, sizeof descriptor, "%d", ends[0]);
    /* Where no process can be made, Node takes this one, as for every other command. */
    if (node == 0) setenv("WIRESPAN_STOP_DESCRIPTOR", descriptor, 1);
    return become_node(arguments);
  }
  close(ends[0]);
  for (;;) {
    if (sigwait(&awaited, &number) != 0) continue;
    if (number != SIGCHLD) {
      if (ends[1] >= 0) close(ends[1]);
      ends[1] = -1;
      kill(node, number);
      continue;
    }
    int status;
    pid_t ended;
    /* The container's first process inherits the children of others. */
    while ((ended = waitpid(-1, &status, WNOHANG)) > 0)
      if (ended == node) return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  }
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
  return argc > 1 && strcmp(argv[1], "sensor") == 0 ? supervise(arguments) : become_node(arguments);
}
