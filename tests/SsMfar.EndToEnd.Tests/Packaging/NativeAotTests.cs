using System.Runtime.InteropServices;
using System.Text.Json;
using SsMfar.Faces;
using SsMfar.Inference;
using SsMfar.Onnx;
using SsMfar.Predictions;
using SsMfar.Tests.Onnx;

namespace SsMfar.Tests.Packaging;

/// <summary>An application on SsMfar.Onnx and SsMfar.Faces compiled ahead of time.</summary>
public sealed class NativeAotTests(ExportedModel model) : IClassFixture<ExportedModel>
{
    private static readonly string Project = Path.Combine(Repository.Root, "tests", "SsMfar.Onnx.AotProbe");

    // .NET's compiler leaves linking to the system's.
    [RequiresTool("clang|gcc")]
    public async Task It_is_published_without_a_warning_and_reads_faces_as_the_jit_does()
    {
        string output = Directory.CreateTempSubdirectory("ssmfar-aot-").FullName;
        try
        {
            // Warnings of the trimmer and the compiler are errors, as everywhere in the tree.
            ChildProcess.Outcome published = await ChildProcess.RunAsync(ChildProcess.Dotnet,
            [
                "publish", Project, "-c", "Release", "-r", RuntimeInformation.RuntimeIdentifier, "-o", output,
                "--artifacts-path", Path.Combine(output, "artifacts"), "-nodeReuse:false", "-p:UseSharedCompilation=false",
            ]);
            published.ExitCode.Should().Be(0, published.Everything);
            published.Output.Should().NotContain("warning");
            string broken = model.PathOf("broken.png");
            File.WriteAllBytes(broken, [1, 2, 3]);
            string program = Path.Combine(output, OperatingSystem.IsWindows() ? "onnx-probe.exe" : "onnx-probe");
            ChildProcess.Outcome run = await ChildProcess.RunAsync(program, [model.Onnx, .. model.Faces, broken]);
            ChildProcess.Outcome refused = await ChildProcess.RunAsync(program, [broken]);

            run.ExitCode.Should().Be(0, run.Everything);
            string[] lines = run.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
            lines[0].Should().Be("dynamic code False", "it was compiled ahead of time");
            using OnnxAffectPredictor predictor = model.Load();
            for (int i = 0; i < model.Faces.Length; i++)
            {
                AffectPrediction expected = predictor.Predict(model.Faces[i]);
                string[] parts = lines[i + 1].Split('|', StringSplitOptions.TrimEntries);
                AffectPrediction face = JsonSerializer.Deserialize<AffectPrediction>(parts[1])!;
                ExportedModel.Numbers(face).Zip(ExportedModel.Numbers(expected), (a, b) => Math.Abs(a - b)).Max().Should()
                    .BeLessThan(1e-5f);
                (face.Expression!.Name, face.ActionUnits!.ToString()).Should()
                    .Be((expected.Expression!.Name, expected.ActionUnits!.ToString()));
                (parts[0], parts[2]).Should().Be((face.ToString(), face.ToString()), "it prints, is written and is read there as here");
                parts[3].Should().StartWith("""{"expression":""").And.EndWith(
                    """},"valence":null,"arousal":null,"actionUnits":null,"actionUnitProbabilities":null,"custom":{}}""");
            }

            lines[^1].Should().StartWith("failed: ").And.Contain("broken.png");
            refused.ExitCode.Should().Be(2, refused.Everything);
            refused.Output.Should().Contain("broken.png").And.Contain("ONNX Runtime cannot load it");
            await PhotographsAreReadAsync(program, broken);
        }
        finally
        {
            Directory.Delete(output, recursive: true);
        }
    }

    // A detector whose findings are constants, so that no detector has to be fetched.
    private async Task PhotographsAreReadAsync(string program, string broken)
    {
        string file = model.PathOf("detector.onnx");
        File.WriteAllBytes(file, Faces.DetectorFiles.YuNet(64, 64, 3));
        using OnnxAffectPredictor predictor = model.Load();
        using FaceReader reader = FaceReader.Create(
            predictor, new() { DetectorPath = file, Detection = new() { MinimumScore = 0.5f, SmallestFace = 8 } });
        string[] expected = [.. reader.Read(model.Faces[0]).Faces
            .Select(face => $"{face.Face.Box}|{string.Join(' ', face.Face.Landmarks)}")];
        expected.Should().NotBeEmpty();

        ChildProcess.Outcome run = await ChildProcess.RunAsync(program, ["faces", file, model.Onnx, model.Faces[0], broken]);

        run.ExitCode.Should().Be(0, run.Everything);
        string[] lines = run.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        lines[1].Should().Be($"{expected.Length} faces");
        lines[2..^1].Select(line => line[..line.LastIndexOf('|')]).Should().Equal(expected);
        lines[2..^1].Should().OnlyContain(line => line.Contains("valence", StringComparison.OrdinalIgnoreCase), "each is predicted");
        lines[^1].Should().StartWith("failed: ").And.Contain("broken.png");
    }
}
