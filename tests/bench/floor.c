/* The floor: what the system itself takes to run a captured program, with posix_spawn(3), poll(2) and waitpid(2).

   floor PROGRAM COUNT LIMIT PIPES runs the program COUNT times, LIMIT at a time, each with stdout, or stdout and stderr, on
   a pipe that is read to its end, and prints programs per second and its own CPU in microseconds for each, as JSON. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

extern char **environ;

static void must(int ok, const char *what) {
    if (!ok) {
        perror(what);
        exit(1);
    }
}

static double seconds(struct timeval of) { return of.tv_sec + of.tv_usec / 1e6; }

static double own_cpu(void) {
    struct rusage used;
    getrusage(RUSAGE_SELF, &used);
    return seconds(used.ru_utime) + seconds(used.ru_stime);
}

static double now(void) {
    struct timespec at;
    clock_gettime(CLOCK_MONOTONIC, &at);
    return at.tv_sec + at.tv_nsec / 1e9;
}

struct child {
    pid_t pid;
    int open;
};

static void start(const char *program, int pipes, struct child *child, struct pollfd *polled) {
    char *argv[] = {"true", NULL};
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    sigset_t defaults;
    int ends[2][2];
    posix_spawn_file_actions_init(&actions);
    posix_spawnattr_init(&attributes);
    sigemptyset(&defaults);
    sigaddset(&defaults, SIGPIPE);
    posix_spawnattr_setsigdefault(&attributes, &defaults);
    posix_spawnattr_setpgroup(&attributes, 0);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGDEF);
    for (int n = 0; n < pipes; n++) {
        must(pipe2(ends[n], O_CLOEXEC) == 0, "pipe2");
        posix_spawn_file_actions_adddup2(&actions, ends[n][1], n + 1);
    }
    errno = posix_spawn(&child->pid, program, &actions, &attributes, argv, environ);
    must(errno == 0, "posix_spawn");
    for (int n = 0; n < pipes; n++) {
        close(ends[n][1]);
        polled[n] = (struct pollfd){.fd = ends[n][0], .events = POLLIN};
    }
    child->open = pipes;
    posix_spawn_file_actions_destroy(&actions);
    posix_spawnattr_destroy(&attributes);
}

static void serve(struct child *child, struct pollfd *polled, int pipes) {
    char buffer[65536];
    for (int n = 0; n < pipes; n++) {
        if (polled[n].fd < 0 || !polled[n].revents)
            continue;
        ssize_t got = read(polled[n].fd, buffer, sizeof buffer);
        must(got >= 0, "read");
        if (got == 0) {
            close(polled[n].fd);
            polled[n].fd = -1;
            child->open--;
        }
    }
}

int main(int argc, char **argv) {
    if (argc != 5)
        return 2;
    const char *program = argv[1];
    int count = atoi(argv[2]), limit = atoi(argv[3]), pipes = atoi(argv[4]), started = 0, ended = 0;
    struct child *children = calloc(limit, sizeof *children);
    struct pollfd *polled = calloc((size_t)limit * pipes, sizeof *polled);
    for (int n = 0; n < limit * pipes; n++)
        polled[n].fd = -1;
    double from = now(), cpu = own_cpu();
    while (ended < count) {
        for (int n = 0; n < limit && started < count; n++)
            if (children[n].pid == 0) {
                start(program, pipes, &children[n], &polled[n * pipes]);
                started++;
            }
        must(poll(polled, limit * pipes, -1) > 0, "poll");
        for (int n = 0; n < limit; n++) {
            if (children[n].pid == 0)
                continue;
            serve(&children[n], &polled[n * pipes], pipes);
            if (children[n].open == 0) {
                int status;
                must(waitpid(children[n].pid, &status, 0) > 0 && status == 0, "true");
                children[n].pid = 0;
                ended++;
            }
        }
    }
    double taken = now() - from;
    printf("{\"\": %.3f, \"own CPU\": %.3f}\n", count / taken, (own_cpu() - cpu) / count * 1e6);
    return 0;
}
