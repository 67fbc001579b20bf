// What tests load in the place of NCCL and CUDA's runtime: the functions of nccl.h that the library calls, with their signatures, between
// threads or processes over a file that all map, on the memory of the host. Ranks that do not ask for the same are an invalid argument, and
// say so, where NCCL would hang or give nonsense.
#include <fcntl.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

enum { MaxRanks = 8, SlotBytes = 1 << 20, IdBytes = 128, Queued = 64 };
enum { Success = 0, SystemError = 2, InvalidArgument = 4, InvalidUsage = 5, RemoteError = 6 };
enum { AllReduceCall = 1, AllGatherCall, BroadcastCall, GroupCall };

typedef struct { char internal[IdBytes]; } ncclUniqueId;

typedef struct { int call, type, operation, root; size_t count; } Asked;

typedef struct {
    atomic_int arrived, turn, aborted;
    Asked asked[MaxRanks];
    unsigned char slots[MaxRanks][SlotBytes];
} Shared;

typedef struct { Shared *shared; int rank, ranks, device; } Communicator;

typedef struct { int sends, peer; void *buffer; size_t bytes; Communicator *communicator; } Transfer;

static _Thread_local int device = 0, inGroup = 0, queued = 0;
static _Thread_local Transfer queue[Queued];
static _Thread_local char last[256] = "";
static atomic_int made = 0, live = 0, events = 0;

static int fail(int code, const char *why)
{
    snprintf(last, sizeof last, "%s", why);
    return code;
}

static size_t size_of(int type)
{
    switch (type) {
    case 1: return 1;
    case 4: case 8: return 8;
    case 7: return 4;
    default: return 0;
    }
}

// Waits for all ranks; 0 when one of them ended it.
static int meet(Communicator *c)
{
    Shared *s = c->shared;
    int turn = atomic_load(&s->turn);
    if (atomic_fetch_add(&s->arrived, 1) + 1 == c->ranks) {
        atomic_store(&s->arrived, 0);
        atomic_fetch_add(&s->turn, 1);
    }
    struct timespec moment = { 0, 50000 };
    while (atomic_load(&s->turn) == turn) {
        if (atomic_load(&s->aborted)) return 0;
        nanosleep(&moment, NULL);
    }
    return 1;
}

// Every rank says what it asks for; nobody goes on unless all ask for the same.
static int agree(Communicator *c, Asked asked, void *stream)
{
    if (c->device != device) return fail(InvalidUsage, "the current device is not the communicator's");
    if (stream) return fail(InvalidArgument, "not the default stream");
    if (atomic_load(&c->shared->aborted)) return fail(RemoteError, "a rank ended it");
    c->shared->asked[c->rank] = asked;
    if (!meet(c)) return fail(RemoteError, "a rank ended it");
    for (int rank = 1; rank < c->ranks; rank++) {
        Asked other = c->shared->asked[rank], first = c->shared->asked[0];
        if (other.call != first.call || other.type != first.type || other.count != first.count || other.root != first.root ||
            other.operation != first.operation) return fail(InvalidArgument, "ranks ask for different things");
    }
    return Success;
}

static int leave(Communicator *c) { return meet(c) ? Success : fail(RemoteError, "a rank ended it"); }

#ifndef VERSION
#define VERSION 22703
#endif

int ncclGetVersion(int *version) { *version = VERSION; return Success; }

// The file's name first; the rest is filled by it, so that an id that was cut or moved is seen.
static void fill(ncclUniqueId *id)
{
    size_t length = strlen(id->internal) + 1;
    for (size_t i = length; i < IdBytes; i++) id->internal[i] = (char)(id->internal[i % length] ^ (int)i);
}

int ncclGetUniqueId(ncclUniqueId *id)
{
    const char *folder = getenv("TMPDIR");
    memset(id, 0, sizeof *id);
    snprintf(id->internal, 96, "%s/ssmfar-nccl-%d-%d", folder ? folder : "/tmp", (int)getpid(), atomic_fetch_add(&made, 1));
    fill(id);
    int file = open(id->internal, O_CREAT | O_RDWR | O_EXCL, 0600);
    if (file < 0 || ftruncate(file, sizeof(Shared)) != 0) return fail(SystemError, "no file to share");
    close(file);
    return Success;
}

int ncclCommInitRank(Communicator **made, int ranks, ncclUniqueId id, int rank)
{
    ncclUniqueId expected = id;
    if (memchr(id.internal, 0, IdBytes) == NULL || id.internal[0] != '/') return fail(InvalidArgument, "the id is no id");
    fill(&expected);
    if (memcmp(&expected, &id, sizeof id) != 0) return fail(InvalidArgument, "the id is damaged");
    if (ranks < 1 || ranks > MaxRanks || rank < 0 || rank >= ranks) return fail(InvalidArgument, "there is no such rank");
    int file = open(id.internal, O_RDWR);
    if (file < 0) return fail(SystemError, "nobody made this id");
    Shared *shared = mmap(NULL, sizeof(Shared), PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    close(file);
    if (shared == MAP_FAILED) return fail(SystemError, "the file cannot be mapped");
    Communicator *c = malloc(sizeof *c);
    *c = (Communicator){ shared, rank, ranks, device };
    atomic_fetch_add(&live, 1);
    if (!meet(c)) return fail(RemoteError, "a rank ended it");
    if (rank == 0) unlink(id.internal);
    *made = c;
    return Success;
}

int ncclCommDestroy(Communicator *c)
{
    if (c->device != device) return fail(InvalidUsage, "the current device is not the communicator's");
    munmap(c->shared, sizeof(Shared));
    free(c);
    atomic_fetch_sub(&live, 1);
    return Success;
}

// The memory stays, for a call that is waiting in it.
int ncclCommAbort(Communicator *c)
{
    atomic_store(&c->shared->aborted, 1);
    atomic_fetch_sub(&live, 1);
    return Success;
}

int ncclCommGetAsyncError(Communicator *c, int *error) { (void)c; *error = Success; return Success; }

int ncclAllReduce(const void *from, void *to, size_t count, int type, int operation, Communicator *c, void *stream)
{
    size_t bytes = count * size_of(type);
    if (operation != 0 || size_of(type) < 4) return fail(InvalidArgument, "not a sum of these numbers");
    if (bytes > SlotBytes) return fail(InvalidArgument, "more than tests exchange");
    memcpy(c->shared->slots[c->rank], from, bytes);
    int result = agree(c, (Asked){ AllReduceCall, type, operation, 0, count }, stream);
    if (result) return result;
    for (size_t i = 0; i < count; i++) {
        float f = 0;
        double d = 0;
        int64_t n = 0;
        for (int rank = 0; rank < c->ranks; rank++) {
            void *slot = c->shared->slots[rank];
            if (type == 7) f += ((float *)slot)[i];
            if (type == 8) d += ((double *)slot)[i];
            if (type == 4) n += ((int64_t *)slot)[i];
        }
        if (type == 7) ((float *)to)[i] = f;
        if (type == 8) ((double *)to)[i] = d;
        if (type == 4) ((int64_t *)to)[i] = n;
    }
    return leave(c);
}

int ncclAllGather(const void *from, void *to, size_t count, int type, Communicator *c, void *stream)
{
    size_t bytes = count * size_of(type);
    if (size_of(type) == 0 || bytes > SlotBytes) return fail(InvalidArgument, "more than tests exchange");
    memcpy(c->shared->slots[c->rank], from, bytes);
    int result = agree(c, (Asked){ AllGatherCall, type, 0, 0, count }, stream);
    if (result) return result;
    for (int rank = 0; rank < c->ranks; rank++) memcpy((char *)to + rank * bytes, c->shared->slots[rank], bytes);
    return leave(c);
}

int ncclBroadcast(const void *from, void *to, size_t count, int type, int root, Communicator *c, void *stream)
{
    size_t bytes = count * size_of(type);
    if (size_of(type) == 0 || bytes > SlotBytes) return fail(InvalidArgument, "more than tests exchange");
    if (root < 0 || root >= c->ranks) return fail(InvalidArgument, "there is no such root");
    if (c->rank == root) memcpy(c->shared->slots[root], from, bytes);
    int result = agree(c, (Asked){ BroadcastCall, type, 0, root, count }, stream);
    if (result) return result;
    memcpy(to, c->shared->slots[root], bytes);
    return leave(c);
}

static int enqueue(Transfer transfer, int type, void *stream)
{
    if (!inGroup) return fail(InvalidUsage, "sent and received apart, ranks wait for each other");
    if (stream || size_of(type) == 0 || transfer.peer < 0 || transfer.peer >= transfer.communicator->ranks)
        return fail(InvalidArgument, "there is no such peer, type or stream");
    queue[queued++] = transfer;
    return Success;
}

int ncclSend(const void *from, size_t count, int type, int peer, Communicator *c, void *stream)
{
    return enqueue((Transfer){ 1, peer, (void *)from, count * size_of(type), c }, type, stream);
}

int ncclRecv(void *to, size_t count, int type, int peer, Communicator *c, void *stream)
{
    return enqueue((Transfer){ 0, peer, to, count * size_of(type), c }, type, stream);
}

int ncclGroupStart(void) { inGroup = 1; queued = 0; return Success; }

// Each rank's slot has a part for each peer.
int ncclGroupEnd(void)
{
    inGroup = 0;
    if (queued == 0) return Success;
    Communicator *c = queue[0].communicator;
    size_t part = SlotBytes / MaxRanks;
    for (int i = 0; i < queued; i++) {
        if (queue[i].bytes > part) return fail(InvalidArgument, "more than tests exchange");
        if (queue[i].sends) memcpy(c->shared->slots[c->rank] + queue[i].peer * part, queue[i].buffer, queue[i].bytes);
    }
    int result = agree(c, (Asked){ GroupCall, 0, 0, 0, queue[0].bytes }, NULL);
    if (result) return result;
    for (int i = 0; i < queued; i++)
        if (!queue[i].sends) memcpy(queue[i].buffer, c->shared->slots[queue[i].peer] + c->rank * part, queue[i].bytes);
    return leave(c);
}

const char *ncclGetErrorString(int result)
{
    switch (result) {
    case SystemError: return "unhandled system error";
    case InvalidArgument: return "invalid argument";
    case InvalidUsage: return "invalid usage";
    case RemoteError: return "remote process exited or there was a network error";
    default: return "unknown result code";
    }
}

const char *ncclGetLastError(Communicator *c) { (void)c; return last; }

// CUDA's runtime: eight devices, whose work is done when it is asked for.
int cudaGetDevice(int *current) { *current = device; return 0; }

int cudaSetDevice(int chosen) { if (chosen < 0 || chosen >= MaxRanks) return 101; device = chosen; return 0; }

int cudaDeviceSynchronize(void) { return 0; }

int cudaDeviceGetPCIBusId(char *place, int length, int of)
{
    return of < 0 || of >= MaxRanks ? 101 : (snprintf(place, length, "0000:%02x:00.0", of + 1), 0);
}

int cudaEventCreateWithFlags(void **event, unsigned flags)
{
    if (flags != 2) return 1;
    *event = malloc(1);
    atomic_fetch_add(&events, 1);
    return 0;
}

int cudaEventRecord(void *event, void *stream) { return event && !stream ? 0 : 1; }

int cudaEventQuery(void *event) { return event ? 0 : 1; }

int cudaEventDestroy(void *event) { free(event); atomic_fetch_sub(&events, 1); return 0; }

const char *cudaGetErrorString(int result) { return result == 101 ? "invalid device ordinal" : "an error"; }

// For tests alone.
int standin_communicators(void) { return atomic_load(&live); }

int standin_events(void) { return atomic_load(&events); }

int standin_device(void) { return device; }
