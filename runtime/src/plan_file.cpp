#include "sparsead/rt/plan_file.hpp"
#include "sparsead/errors.hpp"
#include "sparsead/rt/abi.hpp"
#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <fcntl.h>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>

namespace sparsead::rt {
namespace {

constexpr unsigned char magic[8] = {0x89, 'S', 'A', 'D', 0x0d, 0x0a, 0x1a, 0x0a};
constexpr std::uint32_t byte_order = 0x01020304, other_byte_order = 0x04030201;
constexpr std::size_t buffer_bytes = std::size_t(1) << 16;

std::string text_of(int error) { return std::generic_category().message(error); }

std::uint64_t sum_of(const plan_file_header &header) {
  word_checksum sum;
  sum.add(&header, offsetof(plan_file_header, header));
  return sum.value();
}

void require_name(const std::string &path) {
  if (path.empty())
    throw plan_file_error(path, "the path is empty");
  if (path.find('\0') != std::string::npos)
    throw plan_file_error(path.c_str(), "the path holds a null character");
}

std::size_t rounded(std::size_t bytes) { return (bytes + 7) / 8 * 8; }

} // namespace

//===-- Writing ---------------------------------------------------------------------------------------------------===//

plan_file_writer::plan_file_writer(const std::string &path, std::size_t index_bytes, plan_kind kind)
    : path_(path), target_(path) {
  require_name(path);
  // What stands behind a link is replaced, not the link; and never a device.
  struct stat info;
  if (::stat(path.c_str(), &info) == 0) {
    if (S_ISDIR(info.st_mode))
      fail("cannot be written", EISDIR);
    if (!S_ISREG(info.st_mode))
      throw plan_file_error(path_, "cannot be written: it is not a regular file");
    if (char *const resolved = ::realpath(path.c_str(), nullptr)) {
      target_ = resolved;
      std::free(resolved);
    }
  }
  std::copy(std::begin(magic), std::end(magic), header_.magic);
  header_.byte_order = byte_order;
  header_.format = plan_file_version;
  header_.abi = abi::version;
  header_.pointer_bytes = sizeof(void *);
  header_.index_bytes = static_cast<std::uint16_t>(index_bytes);
  header_.kind = static_cast<std::uint64_t>(kind);
  buffer_.reserve(buffer_bytes);

  static std::atomic<unsigned> number{0};
  const std::size_t slash = target_.rfind('/');
  const std::string directory = slash == std::string::npos ? "" : target_.substr(0, slash + 1);
  for (int attempt = 0; file_ < 0; ++attempt) {
    temporary_ = directory + ".sparsead-" + std::to_string(::getpid()) + "-" + std::to_string(number++);
    file_ = ::open(temporary_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (file_ < 0 && ((errno != EEXIST && errno != EINTR) || attempt == 1000)) {
      const int error = errno;
      temporary_.clear();
      fail("cannot be written", error);
    }
  }
  written_ = sizeof header_;
}

plan_file_writer::~plan_file_writer() {
  if (file_ >= 0)
    ::close(file_);
  if (!temporary_.empty())
    ::unlink(temporary_.c_str());
}

void plan_file_writer::fail(const char *what, int error) {
  throw plan_file_error(path_, std::string(what) + ": " + text_of(error));
}

void plan_file_writer::write_at(const void *data, std::size_t bytes, std::uint64_t offset) {
  const char *at = static_cast<const char *>(data);
  while (bytes > 0) {
    const ssize_t done = ::pwrite(file_, at, std::min(bytes, std::size_t(1) << 30), static_cast<off_t>(offset));
    if (done < 0 && errno == EINTR)
      continue;
    if (done <= 0)
      fail("cannot be written", done < 0 ? errno : ENOSPC);
    at += done;
    offset += static_cast<std::uint64_t>(done);
    bytes -= static_cast<std::size_t>(done);
  }
}

void plan_file_writer::flush() {
  write_at(buffer_.data(), buffer_.size(), written_);
  sum_.add(buffer_.data(), buffer_.size());
  written_ += buffer_.size();
  buffer_.clear();
}

void plan_file_writer::raw(const void *data, std::size_t bytes) {
  const char *const begin = static_cast<const char *>(data);
  const std::size_t whole = bytes / 8 * 8;
  if (whole > buffer_bytes / 2) {
    flush();
    write_at(begin, whole, written_);
    sum_.add(begin, whole);
    written_ += whole;
  } else if (whole > 0) {
    if (buffer_.size() + whole > buffer_bytes)
      flush();
    buffer_.insert(buffer_.end(), begin, begin + whole);
  }
  if (whole < bytes) {
    char last[8] = {};
    std::memcpy(last, begin + whole, bytes - whole);
    if (buffer_.size() + 8 > buffer_bytes)
      flush();
    buffer_.insert(buffer_.end(), last, last + 8);
  }
}

void plan_file_writer::commit() {
  flush();
  header_.file_bytes = written_;
  header_.content = sum_.value();
  header_.header = sum_of(header_);
  write_at(&header_, sizeof header_, 0);
  // A rename that reaches the disk before the content would leave an empty file after a crash.
  if (::fsync(file_) != 0 && errno != EINVAL && errno != EINTR)
    fail("cannot be written", errno);
  const int closed = ::close(file_);
  file_ = -1;
  if (closed != 0 && errno != EINTR)
    fail("cannot be written", errno);
  if (::rename(temporary_.c_str(), target_.c_str()) != 0)
    fail("cannot be replaced", errno);
  temporary_.clear();
}

//===-- Reading ---------------------------------------------------------------------------------------------------===//

plan_file_reader::plan_file_reader(const std::string &path, std::size_t index_bytes, plan_kind kind) : path_(path) {
  require_name(path);
  // Without O_NONBLOCK a pipe would be waited for.
  do
    file_ = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  while (file_ < 0 && errno == EINTR);
  struct stat info;
  if (file_ < 0 || ::fstat(file_, &info) != 0) {
    const int error = errno;
    if (file_ >= 0)
      ::close(file_);
    refuse("cannot be read: " + text_of(error));
  }
  try { // the destructor does not run for what a constructor throws
    if (!S_ISREG(info.st_mode))
      refuse(S_ISDIR(info.st_mode) ? "is a directory" : "is not a regular file");
    read_header(index_bytes, kind, static_cast<std::uint64_t>(info.st_size));
  } catch (...) {
    ::close(file_);
    throw;
  }
}

plan_file_reader::~plan_file_reader() {
  if (file_ >= 0)
    ::close(file_);
}

void plan_file_reader::refuse(const std::string &reason) const { throw plan_file_error(path_, reason); }
void plan_file_reader::damaged(const char *what) const { refuse(std::string("is damaged: ") + what); }

void plan_file_reader::read_header(std::size_t index_bytes, plan_kind kind, std::uint64_t bytes) {
  left_ = bytes;
  const std::size_t first = static_cast<std::size_t>(std::min<std::uint64_t>(bytes, sizeof header_.magic));
  take(header_.magic, first);
  if (first < sizeof header_.magic || !std::equal(std::begin(magic), std::end(magic), header_.magic))
    refuse("is not a plan that sparsead has saved");
  if (left_ < sizeof header_ - first)
    damaged("it ends early");
  take(&header_.byte_order, sizeof header_ - first);
  if (header_.byte_order == other_byte_order)
    refuse("was saved on a machine with another byte order");
  if (header_.byte_order != byte_order)
    damaged("its header does not fit its checksum");
  if (header_.format != plan_file_version)
    refuse("was saved by another version of sparsead (format " + std::to_string(header_.format) + ", here " +
           std::to_string(plan_file_version) + "); plan and save again");
  if (sum_of(header_) != header_.header || header_.kind > static_cast<std::uint64_t>(plan_kind::hessian))
    damaged("its header does not fit its checksum");
  if (header_.file_bytes != bytes)
    damaged(bytes < header_.file_bytes ? "it ends early" : "something follows its end");
  if (header_.abi != abi::version)
    refuse("was saved by another version of sparsead (derivatives " + std::to_string(header_.abi) + ", here " +
           std::to_string(abi::version) + "); plan and save again");
  if (header_.kind != static_cast<std::uint64_t>(kind))
    refuse(kind == plan_kind::jacobian ? "is a plan of a Hessian, not of a Jacobian"
                                       : "is a plan of a Jacobian, not of a Hessian");
  if (header_.pointer_bytes != sizeof(void *))
    refuse("was saved on a machine with pointers of " + std::to_string(header_.pointer_bytes) + " bytes");
  if (header_.index_bytes != index_bytes)
    refuse("was saved with an index type of " + std::to_string(8 * header_.index_bytes) + " bits" +
           (header_.index_bytes == 8   ? "; use load<std::int64_t>(path)"
            : header_.index_bytes == 4 ? "; use load<std::int32_t>(path)"
                                       : ""));
}

void plan_file_reader::take(void *data, std::size_t bytes) {
  if (bytes > left_)
    damaged("it ends early");
  left_ -= bytes;
  char *at = static_cast<char *>(data);
  while (bytes > 0) {
    const ssize_t done = ::read(file_, at, std::min(bytes, std::size_t(1) << 30));
    if (done < 0 && errno == EINTR)
      continue;
    if (done < 0)
      refuse("cannot be read: " + text_of(errno));
    if (done == 0) // it was cut off meanwhile
      damaged("it ends early");
    at += done;
    bytes -= static_cast<std::size_t>(done);
  }
}

void plan_file_reader::raw(void *data, std::size_t bytes) {
  char *const begin = static_cast<char *>(data);
  const std::size_t whole = bytes / 8 * 8;
  take(begin, whole);
  sum_.add(begin, whole);
  if (whole == bytes)
    return;
  char last[8];
  take(last, sizeof last);
  sum_.add(last, sizeof last);
  std::memcpy(begin + whole, last, bytes - whole);
}

std::uint64_t plan_file_reader::number() {
  std::uint64_t value;
  raw(&value, sizeof value);
  return value;
}

std::size_t plan_file_reader::count_of(std::size_t element) {
  const std::uint64_t count = number();
  if (count > left_ / element || rounded(static_cast<std::size_t>(count) * element) > left_)
    damaged("a length in it goes beyond its end");
  return static_cast<std::size_t>(count);
}

void plan_file_reader::finish() {
  if (left_ != 0)
    damaged("something follows its content");
  if (sum_.value() != header_.content)
    damaged("its content does not fit its checksum");
}

} // namespace sparsead::rt
