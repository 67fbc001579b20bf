using System.IO.Compression;
using SkiaSharp;
using SsMfar.Campaigns.Models;
using SsMfar.Campaigns.Shell;
using SsMfar.Export;
using SsMfar.Faces;
using SsMfar.Models;
using SsMfar.Runtime;
using SsMfar.Tests.Weights.Onnx;
using SsMfar.Training;
using SsMfar.Video;
using SsMfar.Weights;
using TorchSharp;

namespace SsMfar.Campaigns.Fuzzing.Seeds;

/// <summary>Whole files that are no text, and the journals of videos.</summary>
internal static class SeedFiles
{
    private const string PyTorchFiles = "tests/SsMfar.Core.Tests/Weights/PyTorch/Fixtures";

    /// <summary>The files of each reader.</summary>
    public static IEnumerable<(string Reader, byte[][] Files)> All(TemporaryFolder folder)
    {
        TorchRuntime.Initialize();
        using DisposeScope scope = torch.NewDisposeScope();
        yield return ("numpy", [NumPy("<f8", BitConverter.GetBytes(0.5)), NumPy("<U2", "0\0\0\05\0\0\0"u8.ToArray())]);
        yield return ("safetensors", [Made(folder, path => SafetensorsWriter.Write(
            path,
            [
                new("x", torch.arange(6, torch.ScalarType.Float32).view(2, 3)), new("flags", torch.tensor(new[] { true, false })),
                new("n", torch.tensor(5L)), new("h", torch.ones(3, torch.ScalarType.BFloat16)),
            ],
            new Dictionary<string, string> { ["a"] = "b" }))]);
        yield return ("pytorch",
        [
            .. Directory.GetFiles(Path.Combine(Programs.Root, PyTorchFiles), "*.pth").Order(StringComparer.Ordinal)
                .Select(File.ReadAllBytes),
        ]);
        yield return ("onnx-weights", [SmallOnnx.Build().ToBytes()]);
        using MultiTaskModel model = TinyParts.Model();
        yield return ("model", [Made(folder, path => ModelFile.Save(path, model, TinyParts.Metadata))]);
        yield return ("onnx-model",
        [
            Made(folder, path => OnnxExporter.Export(model, TinyParts.Metadata, path)),
            Made(folder, path => OnnxExporter.Export(
                model, TinyParts.Metadata, path, new() { Input = OnnxInput.NormalizedImages })),
        ]);
        yield return ("image-cache", [Made(folder, TinyCache.Write)]);
        yield return ("checkpoint", [Made(folder, path =>
        {
            TinyState state = new();
            new Checkpoint(path).Save(state.State, TinyState.Position, state.Run);
        })]);
        byte[][] pictures = [.. Pictures()];
        yield return ("picture", pictures);
        yield return ("picture-archive", [Archive(pictures)]);
        byte[] part = Made(folder, path => Journal(path, isPart: true)), journal = Made(folder, path => Journal(path, isPart: false));
        yield return ("video-journal", [part, journal]);
        yield return ("video-parts", [part]);
    }

    private static byte[] Made(TemporaryFolder folder, Action<string> write)
    {
        write(folder["made"]);
        byte[] bytes = File.ReadAllBytes(folder["made"]);
        File.Delete(folder["made"]);
        return bytes;
    }

    private static byte[] NumPy(string type, byte[] data)
    {
        byte[] header = System.Text.Encoding.Latin1.GetBytes(
            $"{{'descr': '{type}', 'fortran_order': False, 'shape': (), }}".PadRight(117) + "\n");
        return [0x93, .. "NUMPY"u8, 1, 0, (byte)header.Length, 0, .. header, .. data];
    }

    // What SkiaSharp writes, with and without alpha; two that it does not write, by hand; and those of the detector's tests.
    private static IEnumerable<byte[]> Pictures()
    {
        using SKBitmap bitmap = new(new SKImageInfo(12, 9, SKColorType.Rgba8888, SKAlphaType.Unpremul));
        for (int i = 0; i < 108; i++)
        {
            bitmap.SetPixel(i % 12, i / 12, new((byte)(i * 2), (byte)(255 - i), (byte)(i * 7), (byte)(i % 5 == 0 ? 128 : 255)));
        }

        foreach (SKEncodedImageFormat format in new[] { SKEncodedImageFormat.Png, SKEncodedImageFormat.Jpeg, SKEncodedImageFormat.Webp })
        {
            using SKData data = bitmap.Encode(format, 90);
            yield return data.ToArray();
        }

        byte[] pixels = [.. Enumerable.Range(0, 48).Select(i => (byte)(i * 5))];
        yield return
        [
            .. "BM"u8, 102, 0, 0, 0, 0, 0, 0, 0, 54, 0, 0, 0, 40, 0, 0, 0, 4, 0, 0, 0, 4, 0, 0, 0, 1, 0, 24, 0, 0, 0, 0, 0, 48, 0, 0, 0,
            .. new byte[16], .. pixels,
        ];
        yield return
        [
            .. "GIF89a"u8, 2, 0, 2, 0, 0x80, 0, 0, 255, 0, 0, 0, 0, 255, 0x21, 0xF9, 4, 1, 0, 0, 1, 0, 0x2C, 0, 0, 0, 0, 2, 0, 2, 0, 0,
            2, 3, 0x44, 0x02, 0x05, 0, 0x3B,
        ];
        string others = Path.Combine(Programs.Root, "tests", "SsMfar.Faces.Tests", "Golden", "pictures");
        foreach (string name in new[] { "sixteen-bits.png", "animated.webp", "portrait.jpg" })
        {
            yield return File.ReadAllBytes(Path.Combine(others, name));
        }
    }

    private static byte[] Archive(byte[][] pictures)
    {
        using MemoryStream packed = new();
        using (ZipArchive archive = new(packed, ZipArchiveMode.Create, leaveOpen: true))
        {
            foreach ((string name, byte[] picture) in new[] { "a.png", "b\\c.png", "d.jpg", "é.png" }.Zip(pictures))
            {
                using Stream entry = archive.CreateEntry(name, CompressionLevel.Optimal).Open();
                entry.Write(picture);
            }
        }

        return packed.ToArray();
    }

    private static void Journal(string path, bool isPart)
    {
        using VideoJournal journal = VideoJournal.Create(
            path, "parts", isPart ? new("work", "video.mp4", TinyParts.Metadata, new FaceTrackerOptions()) : null);
        for (int i = 0; i < 6; i++)
        {
            TrackedFace face = new(0, new(10 + i, 20, 30, 40), 0.9f, SeedDocuments.Prediction(i));
            journal.Add(i == 3
                ? new(i, i / 30.0, "it is damaged", failed: true)
                : new(i, i / 30.0, [face, new(1, new(90, 20, 20, 20), 0.5f, Error: "too small")]));
        }

        if (isPart)
        {
            journal.End(new(null, true));
        }
    }
}
