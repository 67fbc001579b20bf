using System.Runtime.Versioning;
using SsMfar.Runtime;

namespace SsMfar.Tests.Runtime;

public sealed class PrivateFileCacheTests : IDisposable
{
    private readonly string _folder = Path.Combine(Path.GetTempPath(), $"ssmfar-tests-{Guid.NewGuid():N}");
    private readonly byte[] _content = [1, 2, 3, 4, 5];

    public void Dispose()
    {
        if (Directory.Exists(_folder))
        {
            Directory.Delete(_folder, recursive: true);
        }
    }

    [Fact]
    public void The_same_content_is_stored_once()
    {
        var first = Store();
        var written = File.GetLastWriteTimeUtc(first);

        Store().Should().Be(first);

        File.GetLastWriteTimeUtc(first).Should().Be(written);
        File.ReadAllBytes(first).Should().Equal(_content);
        Directory.GetFiles(_folder).Should().Equal(first);
    }

    [Fact]
    public void A_file_that_changed_is_replaced()
    {
        var path = Store();
        File.Delete(path);
        File.WriteAllBytes(path, [9, 9]);

        Store();

        File.ReadAllBytes(path).Should().Equal(_content);
    }

    [Fact]
    public void A_symbolic_link_is_replaced_and_not_followed()
    {
        var path = Store();
        var elsewhere = Path.Combine(_folder, "elsewhere");
        File.Move(path, elsewhere);
        File.CreateSymbolicLink(path, elsewhere);

        Store();

        new FileInfo(path).LinkTarget.Should().BeNull();
        File.ReadAllBytes(path).Should().Equal(_content);
    }

    [UnixFact]
    [UnsupportedOSPlatform("windows")]
    public void Others_have_no_access()
    {
        Directory.CreateDirectory(_folder);
        File.SetUnixFileMode(_folder, (UnixFileMode)0b111_111_111);

        var path = Store();

        File.GetUnixFileMode(_folder).Should().Be((UnixFileMode)0b111_000_000);
        File.GetUnixFileMode(path).Should().Be((UnixFileMode)0b101_000_000);
    }

    private string Store() =>
        OperatingSystem.IsWindows() ? throw new PlatformNotSupportedException() : PrivateFileCache.Store(_folder, "name", _content);
}
