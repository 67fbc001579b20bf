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
}
