/* Lets the N-th call of a kind on files below a folder fail: SSMFAR_FAULT=KIND:N:ERRNO, SSMFAR_FAULT_UNDER=FOLDER. KIND is write, fsync or
   rename. Tells that it did by the file SSMFAR_FAULT_DONE. With ERRNO 0 each such call takes 20 ms instead: a slow disk. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

static atomic_long calls;

static int is_below(const char *path)
{
    const char *under = getenv("SSMFAR_FAULT_UNDER");
    return under != NULL && path != NULL && strncmp(path, under, strlen(under)) == 0;
}

static int is_file_below(int file)
{
    char link[64], path[4096];
    snprintf(link, sizeof link, "/proc/self/fd/%d", file);
    ssize_t length = readlink(link, path, sizeof path - 1);
    if (length <= 0)
    {
        return 0;
    }

    path[length] = 0;
    return is_below(path);
}

/* Whether this call is to fail, with errno set. */
static int fails(const char *kind)
{
    const char *fault = getenv("SSMFAR_FAULT");
    size_t length = strlen(kind);
    if (fault == NULL || strncmp(fault, kind, length) != 0 || fault[length] != ':')
    {
        return 0;
    }

    char *rest;
    long which = strtol(fault + length + 1, &rest, 10);
    int number = *rest == ':' ? atoi(rest + 1) : EIO;
    if (number == 0)
    {
        usleep(20000);
        return 0;
    }

    if (atomic_fetch_add(&calls, 1) + 1 != which)
    {
        return 0;
    }

    const char *done = getenv("SSMFAR_FAULT_DONE");
    int mark = done == NULL ? -1 : open(done, O_CREAT | O_WRONLY, 0600);
    if (mark >= 0)
    {
        close(mark);
    }

    errno = number;
    return 1;
}

#define REAL(name) static __typeof__(&name) real; if (real == NULL) { real = (__typeof__(&name))dlsym(RTLD_NEXT, #name); }

ssize_t write(int file, const void *bytes, size_t count)
{
    REAL(write)
    return is_file_below(file) && fails("write") ? -1 : real(file, bytes, count);
}

ssize_t pwrite(int file, const void *bytes, size_t count, off_t offset)
{
    REAL(pwrite)
    return is_file_below(file) && fails("write") ? -1 : real(file, bytes, count, offset);
}

ssize_t pwrite64(int file, const void *bytes, size_t count, off64_t offset)
{
    REAL(pwrite64)
    return is_file_below(file) && fails("write") ? -1 : real(file, bytes, count, offset);
}

ssize_t pwritev(int file, const struct iovec *parts, int count, off_t offset)
{
    REAL(pwritev)
    return is_file_below(file) && fails("write") ? -1 : real(file, parts, count, offset);
}

ssize_t pwritev64(int file, const struct iovec *parts, int count, off64_t offset)
{
    REAL(pwritev64)
    return is_file_below(file) && fails("write") ? -1 : real(file, parts, count, offset);
}

int fsync(int file)
{
    REAL(fsync)
    return is_file_below(file) && fails("fsync") ? -1 : real(file);
}

int rename(const char *from, const char *to)
{
    REAL(rename)
    return is_below(to) && fails("rename") ? -1 : real(from, to);
}
