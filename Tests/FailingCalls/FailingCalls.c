// A library for LD_PRELOAD that lets a call to the file system fail, as a disk, a quota or a server would.
//
// Counted are the calls that change something below FAILING_FOLDER (resolved, absolute), of the kinds that
// FAILING_KIND names ("fsync", or "any"). The one of number FAILING_AT fails with FAILING_ERRNO (numbers, of
// which the calls take turns); FAILING_AT=each lets call n of save n fail, so that one training sees each call
// of a save fail once. A save begins where a path names another folder ".writing-…" than before. With
// FAILING_FROM=save the count begins with the first save. FAILING_RANK is the rank that it happens on, 0
// unless given. FAILING_LOG gets a line for each call that failed: its number, kind, error and path.
//
// With FAILING_SILENTLY the call of write or pwrite succeeds, but another byte is written than the first one.
//
// With FAILING_LOCKS no file below FAILING_FOLDER can be locked, as on a file system without locks.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <unistd.h>

// Calls, from the process's start or the save's, and saves.
static int calls, saves;
static char saving[4096];

static bool is_here(void) {
  const char *rank = getenv("OMPI_COMM_WORLD_RANK");
  if (rank == NULL) rank = getenv("PMI_RANK");
  const char *wanted = getenv("FAILING_RANK");
  return strcmp(rank == NULL ? "0" : rank, wanted == NULL ? "0" : wanted) == 0;
}

// The error of a call: each has its own among those that are named.
static int error_of(int number) {
  const char *next = getenv("FAILING_ERRNO");
  int codes[8], count = 0;
  while (next != NULL && *next != 0 && count < 8) {
    codes[count++] = atoi(next);
    next = strchr(next, ',');
    if (next != NULL) next++;
  }
  return count == 0 ? EIO : codes[number % count];
}

static void notice_save(const char *path) {
  const char *name = strstr(path, "/.writing-");
  if (name == NULL) return;
  size_t length = strcspn(name + 1, "/");
  if (strlen(saving) == length && strncmp(saving, name + 1, length) == 0) return;
  snprintf(saving, sizeof saving, "%.*s", (int)length, name + 1);
  saves++;
  if (strcmp(getenv("FAILING_AT"), "each") == 0) calls = 0;
}

static void note(const char *kind, int error, const char *path) {
  const char *log = getenv("FAILING_LOG");
  if (log == NULL) return;
  char line[4096 + 64];
  int length = snprintf(line, sizeof line, "%d %s %d %s\n", calls, kind, error, path);
  int file = (int)syscall(SYS_openat, AT_FDCWD, log, O_WRONLY | O_CREAT | O_APPEND, 0600);
  if (file < 0) return;
  syscall(SYS_write, file, line, length);
  syscall(SYS_close, file);
}

// Whether this call is to fail, with its error in errno.
static bool fails(const char *kind, const char *path) {
  const char *folder = getenv("FAILING_FOLDER"), *wanted = getenv("FAILING_KIND"), *at = getenv("FAILING_AT");
  if (folder == NULL || wanted == NULL || at == NULL || !is_here()) return false;
  size_t length = strlen(folder);
  if (strncmp(path, folder, length) != 0 || (path[length] != '/' && path[length] != 0)) return false;
  notice_save(path);
  if (strcmp(wanted, "any") != 0 && strcmp(wanted, kind) != 0) return false;
  const char *from = getenv("FAILING_FROM");
  if (from != NULL && strcmp(from, "save") == 0 && saves == 0) return false;
  calls++;
  if (calls != (strcmp(at, "each") == 0 ? saves : atoi(at))) return false;
  int error = error_of(calls);
  note(kind, error, path);
  errno = error;
  return true;
}

// The path of an open file; empty where it has none.
static void path_of(int file, char path[4096]) {
  char link[64];
  snprintf(link, sizeof link, "/proc/self/fd/%d", file);
  ssize_t length = readlink(link, path, 4095);
  path[length < 0 ? 0 : length] = 0;
}

static bool fails_of(const char *kind, int file) {
  char path[4096];
  path_of(file, path);
  return fails(kind, path);
}

// A name relative to the process's folder, too.
static bool fails_at(const char *kind, const char *name) {
  char path[2 * 4096];
  if (name[0] == '/') return fails(kind, name);
  if (getcwd(path, 4096) == NULL) return false;
  size_t length = strlen(path);
  snprintf(path + length, sizeof path - length, "/%s", name);
  return fails(kind, path);
}

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

// Other bytes in place of those that a failing call writes; NULL where it is to say that it fails.
static void *silently(const void *bytes, size_t count) {
  if (getenv("FAILING_SILENTLY") == NULL || count == 0) return NULL;
  char *other = malloc(count);
  if (other == NULL) return NULL;
  memcpy(other, bytes, count);
  other[0] ^= 1;
  return other;
}

ssize_t write(int file, const void *bytes, size_t count) {
  if (!fails_of("write", file)) return REAL(write)(file, bytes, count);
  void *other = silently(bytes, count);
  ssize_t result = other == NULL ? -1 : REAL(write)(file, other, count);
  free(other);
  return result;
}

ssize_t pwrite(int file, const void *bytes, size_t count, off_t offset) {
  if (!fails_of("pwrite", file)) return REAL(pwrite)(file, bytes, count, offset);
  void *other = silently(bytes, count);
  ssize_t result = other == NULL ? -1 : REAL(pwrite)(file, other, count, offset);
  free(other);
  return result;
}

ssize_t pwrite64(int file, const void *bytes, size_t count, off64_t offset) {
  return fails_of("pwrite", file) ? -1 : REAL(pwrite64)(file, bytes, count, offset);
}

int flock(int file, int operation) {
  char path[4096];
  path_of(file, path);
  const char *folder = getenv("FAILING_FOLDER");
  if (getenv("FAILING_LOCKS") == NULL || folder == NULL || strncmp(path, folder, strlen(folder)) != 0) {
    return REAL(flock)(file, operation);
  }
  errno = ENOLCK;
  return -1;
}

int fsync(int file) { return fails_of("fsync", file) ? -1 : REAL(fsync)(file); }

int fdatasync(int file) { return fails_of("fdatasync", file) ? -1 : REAL(fdatasync)(file); }

int ftruncate(int file, off_t count) { return fails_of("ftruncate", file) ? -1 : REAL(ftruncate)(file, count); }

int ftruncate64(int file, off64_t count) {
  return fails_of("ftruncate", file) ? -1 : REAL(ftruncate64)(file, count);
}

int fallocate(int file, int mode, off_t offset, off_t count) {
  return fails_of("fallocate", file) ? -1 : REAL(fallocate)(file, mode, offset, count);
}

int posix_fallocate(int file, off_t offset, off_t count) {
  return fails_of("fallocate", file) ? errno : REAL(posix_fallocate)(file, offset, count);
}

int rename(const char *from, const char *to) { return fails_at("rename", to) ? -1 : REAL(rename)(from, to); }

int mkdir(const char *path, mode_t mode) { return fails_at("mkdir", path) ? -1 : REAL(mkdir)(path, mode); }

// What makes a file or changes one.
static bool opens_to_write(int flags) { return (flags & O_ACCMODE) != O_RDONLY || (flags & O_CREAT) != 0; }

#define MODE(flags)                                       \
  ({                                                      \
    mode_t mode = 0;                                      \
    if ((flags & (O_CREAT | __O_TMPFILE)) != 0) {         \
      va_list rest;                                       \
      va_start(rest, flags);                              \
      mode = va_arg(rest, mode_t);                        \
      va_end(rest);                                       \
    }                                                     \
    mode;                                                 \
  })

int open(const char *path, int flags, ...) {
  mode_t mode = MODE(flags);
  return opens_to_write(flags) && fails_at("open", path) ? -1 : REAL(open)(path, flags, mode);
}

int open64(const char *path, int flags, ...) {
  mode_t mode = MODE(flags);
  return opens_to_write(flags) && fails_at("open", path) ? -1 : REAL(open64)(path, flags, mode);
}
