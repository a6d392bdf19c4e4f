/*
 * A client of the allocation server that has nothing else to do. It fills `--live` buffers, prints "ready" once the
 * server has read that, waits for a byte on its standard input, so that several can start at the same moment, and then
 * frees and allocates in turn. It ends with a query: with its answer, all that was sent has been read.
 *
 * Prints one line of JSON. SIGTERM ends the sending early; the end of the standard input instead of a byte ends it all.
 */
#include "frame.h"

#include <getopt.h>
#include <signal.h>
#include <stdbool.h>
#include <time.h>
#include <unistd.h>

enum { FRAMES_MAX_PER_SEND = 4096, BUFFER_BYTES = 4096, NS_PER_S = 1000000000 };

struct options {
    const char* socket_path;
    uint64_t frame_bytes;
    uint64_t frames;
    /* Frames that are sent like the others before the time counts. */
    uint64_t warm;
    /* Frames a send. */
    uint64_t batch;
    uint64_t live;
    /* Different addresses in use over time; as many as live: what is freed is allocated again at once. */
    uint64_t addresses;
    /* Places from one buffer that is freed to the next; 1: in the order of their allocation. Coprime to `addresses`. */
    uint64_t step;
    uint64_t devices;
    uint64_t first_address;
    /* Time that a client does something else between two sends, as real ones do. */
    uint64_t pause_ns;
    bool is_timed;
};

struct client {
    const struct options* options;
    int fd;
    int32_t pid;
    /* Messages made so far: the first `live` allocate. */
    uint64_t made;
    char* frames;
    /* One send each; null unless they are timed. */
    uint32_t* durations_ns;
    uint64_t sends;
};

static volatile sig_atomic_t is_stopped = 0;

static void stop(int signal_number) {
    (void)signal_number;
    is_stopped = 1;
}

static uint64_t now_ns(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (uint64_t)time.tv_sec * NS_PER_S + (uint64_t)time.tv_nsec;
}

/* As the library fills a frame in: a free says no size, type or time. */
static void fill(struct client* client, char* frame) {
    const struct options* options = client->options;
    uint64_t nth = client->made - options->live;
    bool is_prefill = client->made < options->live;
    bool is_free = !is_prefill && nth % 2 == 0;
    uint64_t buffer = is_prefill ? client->made : (nth / 2 + (is_free ? 0 : options->live)) * options->step;
    uint64_t slot = buffer % options->addresses;
    struct header header = {
        .type = is_free ? TYPE_FREE : TYPE_ALLOCATE,
        .device = (int32_t)(slot % options->devices),
        .size_bytes = is_free ? 0 : BUFFER_BYTES,
        .pid = client->pid,
        .address = options->first_address + slot / options->devices * BUFFER_BYTES,
        .timestamp_ns = is_free ? 0 : 1760000000u * (uint64_t)NS_PER_S + client->made,
    };
    memcpy(frame, &header, sizeof header);
    client->made += 1;
}

static void send_all(int fd, const char* bytes, size_t count) {
    while (count > 0) {
        ssize_t sent = send(fd, bytes, count, MSG_NOSIGNAL);
        if (sent < 0) die("send");
        bytes += sent;
        count -= (size_t)sent;
    }
}

static void send_timed(struct client* client, size_t count) {
    uint64_t begun_ns = now_ns();
    send_all(client->fd, client->frames, count);
    uint64_t duration_ns = now_ns() - begun_ns;
    client->durations_ns[client->sends] = duration_ns > UINT32_MAX ? UINT32_MAX : (uint32_t)duration_ns;
    client->sends += 1;
}

/* Returns how many frames were sent: fewer than `count` after SIGTERM. */
static uint64_t send_frames(struct client* client, uint64_t count, bool is_timed) {
    const struct options* options = client->options;
    uint64_t sent = 0;
    while (sent < count && !is_stopped) {
        uint64_t batch = count - sent < options->batch ? count - sent : options->batch;
        for (uint64_t i = 0; i < batch; i += 1) fill(client, client->frames + i * options->frame_bytes);
        if (is_timed)
            send_timed(client, batch * options->frame_bytes);
        else
            send_all(client->fd, client->frames, batch * options->frame_bytes);
        sent += batch;
        if (options->pause_ns == 0) continue;
        for (uint64_t until_ns = now_ns() + options->pause_ns; now_ns() < until_ns;);
    }
    return sent;
}

static void query(const struct client* client) {
    char frame[FRAME_BYTES_MAX] = {TYPE_QUERY};
    size_t frame_bytes = client->options->frame_bytes;
    send_all(client->fd, frame, frame_bytes);
    if (recv(client->fd, frame, frame_bytes, MSG_WAITALL) != (ssize_t)frame_bytes) die("no answer to a query");
}

static int ascending(const void* a, const void* b) {
    uint32_t left = *(const uint32_t*)a, right = *(const uint32_t*)b;
    return (left > right) - (left < right);
}

static uint32_t quantile(const struct client* client, double part) {
    return client->sends == 0 ? 0 : client->durations_ns[(uint64_t)((double)(client->sends - 1) * part)];
}

static void report(struct client* client, uint64_t frames, uint64_t begun_ns, uint64_t ended_ns) {
    printf("{\"frames\":%lu,\"begunMs\":%.6f,\"endedMs\":%.6f", frames, (double)begun_ns / 1e6, (double)ended_ns / 1e6);
    if (client->durations_ns != NULL) {
        qsort(client->durations_ns, client->sends, sizeof *client->durations_ns, ascending);
        printf(",\"sendNs\":{\"median\":%u,\"p99\":%u,\"p999\":%u,\"max\":%u}", quantile(client, 0.5),
               quantile(client, 0.99), quantile(client, 0.999), quantile(client, 1));
    }
    printf("}\n");
}

static void run(struct client* client) {
    const struct options* options = client->options;
    send_frames(client, options->live, false);
    send_frames(client, options->warm, false);
    query(client);
    printf("ready\n");
    fflush(stdout);
    char go;
    if (read(STDIN_FILENO, &go, 1) != 1) return;
    uint64_t begun_ns = now_ns();
    uint64_t frames = send_frames(client, options->frames, options->is_timed);
    query(client);
    report(client, frames, begun_ns, now_ns());
}

static const struct option NAMES[] = {
    {"socket", required_argument, NULL, 's'},
    {"frame-bytes", required_argument, NULL, 'f'},
    {"frames", required_argument, NULL, 'n'},
    {"warm", required_argument, NULL, 'w'},
    {"batch", required_argument, NULL, 'b'},
    {"live", required_argument, NULL, 'l'},
    {"addresses", required_argument, NULL, 'a'},
    {"step", required_argument, NULL, 'g'},
    {"devices", required_argument, NULL, 'd'},
    {"first", required_argument, NULL, 'x'},
    {"pause-ns", required_argument, NULL, 'p'},
    {"timed", no_argument, NULL, 't'},
    {NULL, 0, NULL, 0},
};

static struct options parse(int count, char** arguments) {
    struct options options = {
        .frame_bytes = 144, .batch = 1, .live = 1000, .step = 1, .devices = 8, .first_address = 0x10000};
    for (int name; (name = getopt_long(count, arguments, "", NAMES, NULL)) != -1;) {
        uint64_t number = optarg == NULL ? 0 : strtoull(optarg, NULL, 0);
        switch (name) {
            case 's': options.socket_path = optarg; break;
            case 'f': options.frame_bytes = number; break;
            case 'n': options.frames = number; break;
            case 'w': options.warm = number; break;
            case 'b': options.batch = number; break;
            case 'l': options.live = number; break;
            case 'a': options.addresses = number; break;
            case 'g': options.step = number; break;
            case 'd': options.devices = number; break;
            case 'x': options.first_address = number; break;
            case 'p': options.pause_ns = number; break;
            case 't': options.is_timed = true; break;
            default: exit(2);
        }
    }
    if (options.addresses < options.live) options.addresses = options.live;
    return options;
}

static void check(const struct options* options) {
    bool is_sane = options->socket_path != NULL && options->frame_bytes >= sizeof(struct header) &&
                   options->frame_bytes <= FRAME_BYTES_MAX && options->batch >= 1 &&
                   options->batch <= FRAMES_MAX_PER_SEND && options->live >= 1 && options->devices >= 1 &&
                   !(options->is_timed && options->batch > 1);
    // Only where a buffer is allocated again at once, what is freed next is live in any order.
    bool is_ordered = options->step == 1 || options->addresses == options->live;
    if (is_sane && is_ordered) return;
    fprintf(stderr,
            "usage: load --socket <path> [--frame-bytes 40..144] [--batch 1..4096] [--live 1..] [--devices 1..]\n"
            "       [--frames n] [--warm n] [--addresses n | --step n] [--first n] [--pause-ns n]\n"
            "       [--timed, with a batch of 1]\n");
    exit(2);
}

int main(int count, char** arguments) {
    struct options options = parse(count, arguments);
    check(&options);
    struct client client = {.options = &options, .fd = socket(AF_UNIX, SOCK_STREAM, 0), .pid = getpid()};
    client.frames = calloc(options.batch, options.frame_bytes);
    if (options.is_timed) client.durations_ns = calloc(options.frames + 1, sizeof *client.durations_ns);
    if (client.frames == NULL || (options.is_timed && client.durations_ns == NULL)) die("calloc");
    struct sockaddr_un address = address_of(options.socket_path);
    if (connect(client.fd, (struct sockaddr*)&address, sizeof address) != 0) die(options.socket_path);
    // Sending goes on after the signal until its frames are whole.
    sigaction(SIGTERM, &(struct sigaction){.sa_handler = stop, .sa_flags = SA_RESTART}, NULL);
    run(&client);
    free(client.durations_ns);
    free(client.frames);
    close(client.fd);
    return 0;
}
