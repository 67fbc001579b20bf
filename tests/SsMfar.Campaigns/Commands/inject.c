/* Faults in the calls by which a process writes files below a folder: SSMFAR_FAULT_UNDER=FOLDER. SSMFAR_FAULT says which:
     KIND:N:ERRNO  the N-th call of a kind fails; KIND is write, fsync, rename or remove
     kill:N        the process is killed ahead of the N-th call of any kind
     tear:N        the same, but where that call writes, half of its bytes are written first
     slow:MS       every call takes so many milliseconds
     count         nothing fails
   SSMFAR_FAULT_DONE names a file that then has the path whose call failed, or, of count, how many calls of each kind there were. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

enum { WRITE, FSYNC, RENAME, REMOVE, KINDS };

static const char *const names[KINDS] = { "write", "fsync", "rename", "remove" };
static atomic_long calls[KINDS];
static atomic_long all;

typedef void *lookup(void *, const char *);

/* The system's dlsym, which is not found by itself, since one stands below. */
static lookup *system_lookup(void)
{
    static const char *const versions[] = { "GLIBC_2.34", "GLIBC_2.17", "GLIBC_2.2.5" };
    static lookup *found;
    for (size_t i = 0; found == NULL && i < sizeof versions / sizeof *versions; i++)
    {
        found = (lookup *)dlvsym(RTLD_NEXT, "dlsym", versions[i]);
    }

    return found;
}

#define REAL(name) static __typeof__(&name) real; if (real == NULL) { real = (__typeof__(&name))system_lookup()(RTLD_NEXT, #name); }

static int is_below(const char *path)
{
    const char *under = getenv("SSMFAR_FAULT_UNDER");
    return under != NULL && path != NULL && strncmp(path, under, strlen(under)) == 0;
}

/* Where a file that is open lies, if that is below the folder. */
static const char *place_of(int file, char *path, size_t size)
{
    char link[64];
    snprintf(link, sizeof link, "/proc/self/fd/%d", file);
    ssize_t length = readlink(link, path, size - 1);
    if (length <= 0)
    {
        return NULL;
    }

    path[length] = 0;
    return is_below(path) ? path : NULL;
}

static void tell(const char *text)
{
    const char *done = getenv("SSMFAR_FAULT_DONE");
    int file = done == NULL ? -1 : open(done, O_CREAT | O_WRONLY | O_TRUNC, 0600);
    if (file >= 0)
    {
        dprintf(file, "%s", text);
        close(file);
    }
}

static void end(void)
{
    kill(getpid(), SIGKILL);
    pause();
}

/* Whether a call is to fail, with errno set; or ends the process. Tears says that the caller is to write a half and call end. */
static int fails(int kind, const char *path, int *tears)
{
    const char *fault = getenv("SSMFAR_FAULT");
    if (fault == NULL || path == NULL)
    {
        return 0;
    }

    long own = atomic_fetch_add(&calls[kind], 1) + 1, any = atomic_fetch_add(&all, 1) + 1;
    const char *rest = strchr(fault, ':');
    if (rest == NULL)
    {
        return 0;
    }

    char *after;
    long number = strtol(rest + 1, &after, 10);
    size_t length = (size_t)(rest - fault);
    if (strncmp(fault, "slow:", 5) == 0)
    {
        usleep((useconds_t)(number * 1000));
    }
    else if (strncmp(fault, "kill:", 5) == 0 && any == number)
    {
        end();
    }
    else if (strncmp(fault, "tear:", 5) == 0 && any == number)
    {
        if (tears == NULL)
        {
            end();
        }
        else
        {
            *tears = 1;
        }
    }
    else if (length == strlen(names[kind]) && strncmp(fault, names[kind], length) == 0 && own == number)
    {
        tell(path);
        errno = *after == ':' ? atoi(after + 1) : EIO;
        return 1;
    }

    return 0;
}

static void __attribute__((destructor)) count(void)
{
    const char *fault = getenv("SSMFAR_FAULT");
    if (fault != NULL && strcmp(fault, "count") == 0)
    {
        char text[256];
        snprintf(text, sizeof text, "%ld %ld %ld %ld\n", atomic_load(&calls[WRITE]), atomic_load(&calls[FSYNC]),
            atomic_load(&calls[RENAME]), atomic_load(&calls[REMOVE]));
        tell(text);
    }
}

ssize_t write(int file, const void *bytes, size_t size)
{
    REAL(write)
    char path[4096];
    int tears = 0;
    if (fails(WRITE, place_of(file, path, sizeof path), &tears))
    {
        return -1;
    }

    ssize_t written = real(file, bytes, tears ? size / 2 : size);
    if (tears)
    {
        end();
    }

    return written;
}

#define WRITES_AT(name, type) \
    ssize_t name(int file, const void *bytes, size_t size, type offset) \
    { \
        REAL(name) \
        char path[4096]; \
        int tears = 0; \
        if (fails(WRITE, place_of(file, path, sizeof path), &tears)) \
        { \
            return -1; \
        } \
        ssize_t written = real(file, bytes, tears ? size / 2 : size, offset); \
        if (tears) \
        { \
            end(); \
        } \
        return written; \
    }

WRITES_AT(pwrite, off_t)
WRITES_AT(pwrite64, off64_t)

/* Of several pieces one is the half. */
#define WRITES_PIECES(name, type) \
    ssize_t name(int file, const struct iovec *pieces, int number, type offset) \
    { \
        REAL(name) \
        char path[4096]; \
        int tears = 0; \
        if (fails(WRITE, place_of(file, path, sizeof path), &tears)) \
        { \
            return -1; \
        } \
        ssize_t written = real(file, pieces, tears ? 1 : number, offset); \
        if (tears) \
        { \
            end(); \
        } \
        return written; \
    }

WRITES_PIECES(pwritev, off_t)
WRITES_PIECES(pwritev64, off64_t)

int fsync(int file)
{
    REAL(fsync)
    char path[4096];
    return fails(FSYNC, place_of(file, path, sizeof path), NULL) ? -1 : real(file);
}

int rename(const char *from, const char *to)
{
    REAL(rename)
    return fails(RENAME, is_below(to) ? to : NULL, NULL) ? -1 : real(from, to);
}

int unlink(const char *path)
{
    REAL(unlink)
    return fails(REMOVE, is_below(path) ? path : NULL, NULL) ? -1 : real(path);
}

int rmdir(const char *path)
{
    REAL(rmdir)
    return fails(REMOVE, is_below(path) ? path : NULL, NULL) ? -1 : real(path);
}

/* .NET looks up what it calls by name in the C library itself, past what is loaded ahead of it. */
void *dlsym(void *handle, const char *name)
{
    return handle != RTLD_NEXT && strcmp(name, "fsync") == 0 ? (void *)fsync : system_lookup()(handle, name);
}
