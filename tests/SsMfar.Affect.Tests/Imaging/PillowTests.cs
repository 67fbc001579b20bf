using System.IO.Compression;
using System.Security.Cryptography;
using System.Text.Json;
using SsMfar.Imaging;
using SsMfar.Tests.Data;

namespace SsMfar.Tests.Imaging;

/// <summary>
/// Decoded pixels against Pillow's: what Pillow/write.py has written down of Pillow 9.4, and, where Python has a Pillow (Debian's
/// python3-pil), what that one makes of the same images and of others.
/// </summary>
public sealed class PillowTests : IDisposable
{
    private static readonly string Folder = Path.Combine(Repository.Root, "tests", "SsMfar.Affect.Tests", "Imaging", "Pillow");
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Images_of_every_kind_have_the_pixels_that_Pillow_made_of_them()
    {
        Dictionary<string, string> expected = Expected(File.ReadAllText(Path.Combine(Folder, "expected.json")));
        ZipFile.ExtractToDirectory(Path.Combine(Folder, "images.zip"), _folder.Path);

        foreach (string format in new[] { "jpg", "png", "webp" })
        {
            expected.Keys.Count(name => name.StartsWith(format + "-random-", StringComparison.Ordinal)).Should().Be(50);
        }

        expected.Keys.Count(name => name.StartsWith("bmp-", StringComparison.Ordinal)).Should().Be(9);
        Decoded(_folder.Path).Should().BeEquivalentTo(expected);
    }

    [RequiresTool("python3-pil")]
    public async Task The_Pillow_of_this_machine_agrees()
    {
        ZipFile.ExtractToDirectory(Path.Combine(Folder, "images.zip"), _folder.Path);
        string committed = await RunAsync(_folder.Path);
        Decoded(_folder.Path).Should().BeEquivalentTo(Expected(committed));
        foreach (string seed in new[] { "1", "2", "3" })
        {
            string folder = Directory.CreateDirectory(_folder.File("seed" + seed)).FullName;
            await RunAsync(folder, seed);
            string written = await File.ReadAllTextAsync(Path.Combine(folder, "expected.json"));
            Decoded(folder).Should().BeEquivalentTo(Expected(written), "of seed {0}", seed);
        }
    }

    private static Dictionary<string, string> Decoded(string folder)
    {
        Dictionary<string, string> decoded = [];
        foreach (string file in Directory.EnumerateFiles(folder).Where(file => !file.EndsWith(".json", StringComparison.Ordinal)))
        {
            RgbImage image = ImageDecoder.Default.Decode(file);
            decoded[Path.GetFileName(file)] = FormattableString.Invariant(
                $"{image.Width}x{image.Height} {Convert.ToHexStringLower(SHA256.HashData(image.Pixels))[..32]}");
        }

        return decoded;
    }

    private static Dictionary<string, string> Expected(string json) => JsonSerializer.Deserialize<Dictionary<string, string>>(json)!;

    private static async Task<string> RunAsync(params string[] arguments)
    {
        string[] command = [Path.Combine(Folder, "write.py"), .. arguments];
        ChildProcess.Outcome outcome = await ChildProcess.RunAsync(Tools.PythonWithPillow, command);
        outcome.ExitCode.Should().Be(0, outcome.Everything);
        return outcome.Output;
    }
}
