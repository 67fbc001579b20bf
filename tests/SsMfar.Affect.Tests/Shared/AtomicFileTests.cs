using System.Diagnostics.CodeAnalysis;
using SsMfar.Shared;

namespace SsMfar.Tests.Shared;

/// <summary>Files that are replaced whole or not at all.</summary>
public sealed class AtomicFileTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private string Path => _folder.File("file");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_failed_write_leaves_the_old_file_and_nothing_else()
    {
        File.WriteAllText(Path, "before");

        ((Action)(() => AtomicFile.Write(Path, stream =>
        {
            stream.Write(new byte[5]);
            throw new IOException("disk full");
        }, 10))).Should().Throw<IOException>();
        ((Action)(() => AtomicFile.Write(Path, _ => { }, long.MaxValue / 4))).Should().Throw<IOException>();

        File.ReadAllText(Path).Should().Be("before");
        Directory.GetFiles(_folder.Path).Should().ContainSingle();
    }

    [Fact]
    public void What_lies_aside_while_a_file_is_written_is_known_by_its_name()
    {
        string[] aside = [];
        AtomicFile.Write(Path, _ => aside = Directory.GetFiles(_folder.Path));

        aside.Should().ContainSingle().Which.Should().Match(path => AtomicFile.IsUnfinished(path));
        new[] { Path, _folder.File(".file"), _folder.File("file.tmp") }.Should().NotContain(path => AtomicFile.IsUnfinished(path));
    }

    [Theory]
    [InlineData("a", 1)]
    [InlineData("\u5f20", 3)]
    [InlineData("\U0001F600", 4)]
    public void A_name_may_be_as_long_as_the_system_allows(string letter, int bytes)
    {
        string path = _folder.File(string.Concat(Enumerable.Repeat(letter, 255 / bytes)));

        AtomicFile.WriteText(path, writer => writer.Write("whole"));

        File.ReadAllText(path).Should().Be("whole");
        Directory.GetFiles(_folder.Path).Should().ContainSingle();
    }

    // Root may give files away, as which tests in containers run; others keep what they have.
    [LinuxFact]
    [SuppressMessage("Interoperability", "CA1416", Justification = "It runs on Linux alone.")]
    public async Task Whom_a_file_is_of_stays_where_the_process_may_say_so()
    {
        File.WriteAllText(Path, "before");
        File.SetUnixFileMode(Path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead);
        await ChildProcess.RunAsync("chown", ["4242:4343", Path]);
        string before = await OwnerAsync();

        AtomicFile.WriteText(Path, writer => writer.Write("after"));

        File.ReadAllText(Path).Should().Be("after");
        (await OwnerAsync()).Should().Be(before).And.EndWith(" 640");

        async Task<string> OwnerAsync() => (await ChildProcess.RunAsync("stat", ["-c", "%u:%g %a", Path])).Output.Trim();
    }

    [UnixFact]
    [SuppressMessage("Interoperability", "CA1416", Justification = "It does not run on Windows.")]
    public void Who_may_read_a_file_and_write_it_stays()
    {
        const UnixFileMode Own = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        foreach (UnixFileMode mode in new[] { Own, Own | UnixFileMode.GroupRead | UnixFileMode.GroupWrite, UnixFileMode.UserRead })
        {
            File.WriteAllText(Path, "before");
            File.SetUnixFileMode(Path, mode);
            UnixFileMode aside = default;

            AtomicFile.Write(Path, stream => aside = File.GetUnixFileMode(((FileStream)stream).SafeFileHandle));

            (aside & ~mode).Should().Be(UnixFileMode.None, "nobody else may read it while it is written");
            File.GetUnixFileMode(Path).Should().Be(mode);
            File.Delete(Path);
        }
    }

    [Theory]
    [InlineData(typeof(IOException))]
    [InlineData(typeof(DirectoryNotFoundException))]
    [InlineData(typeof(UnauthorizedAccessException))]
    public void What_the_system_says_of_a_file_aside_is_said_of_the_file(Type kind)
    {
        Action write = () => AtomicFile.Write(Path, stream =>
            throw (Exception)Activator.CreateInstance(kind, $"No space left on device : '{((FileStream)stream).Name}'")!);

        Exception said = write.Should().Throw<Exception>().Which;

        said.Should().BeOfType(kind);
        said.Message.Should().Be($"No space left on device : '{Path}'");
        said.InnerException.Should().BeOfType(kind);
    }

    [LinuxFact]
    public void A_folder_that_is_not_there_is_told_by_the_file_that_was_asked_for() =>
        ((Action)(() => AtomicFile.Write(_folder.File("none/file"), _ => { }))).Should().Throw<DirectoryNotFoundException>()
            .WithMessage($"*'{_folder.File("none/file")}'*");

    [LinuxFact]
    public void A_link_stays_one_and_what_is_behind_it_is_replaced()
    {
        string behind = _folder.File("behind");
        Directory.CreateDirectory(_folder.File("links"));
        string link = _folder.File("links/link"), second = _folder.File("links/second");
        File.CreateSymbolicLink(link, "../behind");
        File.CreateSymbolicLink(second, "link");

        // Also where nothing is behind it yet.
        foreach (string text in new[] { "one", "two" })
        {
            AtomicFile.WriteText(second, writer => writer.Write(text));

            File.ReadAllText(behind).Should().Be(text);
        }

        new FileInfo(second).LinkTarget.Should().Be("link");
        new FileInfo(link).LinkTarget.Should().Be("../behind");
        Directory.GetFileSystemEntries(_folder.Path, "*", SearchOption.AllDirectories).Should().HaveCount(4);
    }

    [LinuxFact]
    public async Task A_pipe_is_written_to_and_stays_one()
    {
        (await ChildProcess.RunAsync("mkfifo", [Path])).ExitCode.Should().Be(0);
        Task<string> read = Task.Run(() => File.ReadAllTextAsync(Path));

        await Task.Run(() => AtomicFile.WriteText(Path, writer => writer.Write("through")));

        (await read).Should().Be("through");
        Directory.GetFileSystemEntries(_folder.Path).Should().Equal(Path);
        AtomicFile.IsDevice(Path).Should().BeTrue();
    }

    [LinuxFact]
    public void What_a_shell_gives_as_a_file_is_written_in_place_and_memory_s_files_are_not()
    {
        AtomicFile.IsDevice("/dev/null").Should().BeTrue();
        AtomicFile.IsDevice("/dev/fd/1").Should().BeTrue();
        string shared = $"/dev/shm/ssmfar-{Guid.NewGuid():N}";
        try
        {
            File.WriteAllText(shared, "whole");
            AtomicFile.IsDevice(shared).Should().BeFalse();
        }
        finally
        {
            File.Delete(shared);
        }
    }
}
