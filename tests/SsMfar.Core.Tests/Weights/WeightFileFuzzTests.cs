using System.Globalization;
using System.Text;
using SsMfar.Models;
using SsMfar.Tests.Weights.PyTorch;
using SsMfar.Weights;
using TorchSharp;
using Xunit.Abstractions;

namespace SsMfar.Tests.Weights;

/// <summary>
/// Damaged files of each format: whatever is done to one, opening it and reading every tensor is either a <see cref="ModelFileException"/>
/// that names the file or harmless, in memory that is a small multiple of the file. <c>SSMFAR_FUZZ=200000</c> sets the number of tries.
/// </summary>
public sealed class WeightFileFuzzTests(ITestOutputHelper output) : IDisposable
{
    private const int Tries = 4000;

    // Bytes with a meaning somewhere: opcodes, extreme lengths, signs of the formats.
    private static readonly byte[] Telling = [.. Encoding.Latin1.GetBytes(
        "(.012FIJKLMNPQRSTUVXabcdegh}]ijlopqrstu)GBC\"{[:,"), 0, 1, 0x7f, 0x80, .. Enumerable.Range(0x80, 0x19).Select(b => (byte)b), 0xff];

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Any_damage_is_a_typed_exception_or_harmless()
    {
        int tries = int.TryParse(
            Environment.GetEnvironmentVariable("SSMFAR_FUZZ"),
            NumberStyles.None,
            CultureInfo.InvariantCulture,
            out int asked) ? asked : Tries;
        string damaged = _folder.File("damaged");
        byte[][] sources = [.. Sources()];
        var outcomes = new SortedDictionary<string, int>(StringComparer.Ordinal);
        double worst = 0;
        for (int i = 0; i < tries; i++)
        {
            var random = new Random(i);
            byte[] bytes = Damage(sources, random);
            File.WriteAllBytes(damaged, bytes);
            long before = GC.GetAllocatedBytesForCurrentThread();
            string outcome = Read(damaged, i);
            long taken = GC.GetAllocatedBytesForCurrentThread() - before;
            outcomes[outcome] = outcomes.GetValueOrDefault(outcome) + 1;
            taken.Should().BeLessThan((32L * bytes.Length) + (3 << 20), $"try {i} has {bytes.Length} bytes");
            worst = Math.Max(worst, taken);
        }

        output.WriteLine(FormattableString.Invariant(
            $"{tries} tries: {string.Join(", ", outcomes.Select(o => $"{o.Key} {o.Value}"))}; most memory {worst / 1024:F0} KiB"));
        outcomes.Values.Sum().Should().Be(tries);
        outcomes["refused"].Should().BeGreaterThan(tries / 4);
        outcomes["read"].Should().BePositive();
    }

    private static string Read(string path, int attempt)
    {
        using var scope = torch.NewDisposeScope();
        try
        {
            using var file = WeightFile.Open(path);
            foreach (string key in file.Keys)
            {
                file.Read(key).Dispose();
            }

            return "read";
        }
        catch (ModelFileException e)
        {
            e.Path.Should().Be(path);
            return "refused";
        }
        catch (Exception e)
        {
            throw new InvalidOperationException($"Try {attempt} ended in another exception than {nameof(ModelFileException)}.", e);
        }
    }

    private static byte[] Damage(byte[][] sources, Random random)
    {
        var bytes = sources[random.Next(sources.Length)].ToList();
        int changes = 1 + random.Next(4);
        for (int i = 0; i < changes && bytes.Count > 0; i++)
        {
            int at = random.Next(bytes.Count);
            switch (random.Next(9))
            {
                case 0:
                    bytes[at] = (byte)random.Next(256);
                    break;
                case 1:
                    bytes[at] = Telling[random.Next(Telling.Length)];
                    break;
                case 2:
                    bytes[at] ^= (byte)(1 << random.Next(8));
                    break;
                case 3:
                    bytes.Insert(at, Telling[random.Next(Telling.Length)]);
                    break;
                case 4:
                    bytes.RemoveAt(at);
                    break;
                case 5:
                    bytes.RemoveRange(at, Math.Min(random.Next(64), bytes.Count - at));
                    break;
                case 6:
                    bytes.RemoveRange(at, bytes.Count - at);
                    break;
                case 7:
                    // A stretch of another file, or of this one, over or into it.
                    byte[] other = sources[random.Next(sources.Length)];
                    int from = random.Next(other.Length);
                    bytes.InsertRange(at, other[from..Math.Min(other.Length, from + random.Next(64))]);
                    break;
                default:
                    for (int j = at; j < Math.Min(bytes.Count, at + (1 << random.Next(4))); j++)
                    {
                        bytes[j] = 0xff;
                    }

                    break;
            }
        }

        return [.. bytes];
    }

    private IEnumerable<byte[]> Sources()
    {
        foreach (string path in Fixtures.All)
        {
            yield return File.ReadAllBytes(path);
        }

        using var scope = torch.NewDisposeScope();
        string safetensors = _folder.File("source");
        SafetensorsWriter.Write(
            safetensors,
            [new("x", torch.rand(2, 3)), new("flags", torch.tensor(new[] {
                true,
                false })), new("n", torch.tensor(5L)), new("h", torch.ones(3, torch.ScalarType.BFloat16))],
            new Dictionary<string, string> { ["a"] = "b" });
        byte[] bytes = File.ReadAllBytes(safetensors);
        byte[] onnx = Onnx.SmallOnnx.Build().ToBytes();
        for (int i = 0; i < 6; i++)
        {
            yield return bytes;
            yield return onnx;
        }
    }
}
