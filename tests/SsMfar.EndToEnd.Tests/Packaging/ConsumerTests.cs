using System.Runtime.InteropServices;
using System.Text.Json;

namespace SsMfar.Tests.Packaging;

[Collection(PackagingCollection.Name)]
public sealed class ConsumerTests(PackedLibraries packed)
{
    [Fact]
    public async Task A_new_console_project_trains_predicts_and_exports_with_the_packages()
    {
        string folder = Path.Combine(packed.Scratch, "consumer");
        string packages = Path.Combine(packed.Scratch, "restored");
        Consumer.Write(folder, packed.Version, packed.Feed, packages, RuntimeProbe.PackagesFolder());
        var environment = new Dictionary<string, string?> { ["NUGET_PACKAGES"] = null, ["RestorePackagesPath"] = null };

        ChildProcess.Outcome built = await ChildProcess.RunAsync(
            ChildProcess.Dotnet, ["build", folder, "-c", "Release", "-nodeReuse:false", "-p:UseSharedCompilation=false"], environment);
        built.ExitCode.Should().Be(0, built.Everything);
        ChildProcess.Outcome run = await ChildProcess.RunAsync(
            ChildProcess.Dotnet, [Path.Combine(folder, "bin", "Release", "net10.0", "Consumer.dll"), folder], environment);

        run.ExitCode.Should().Be(0, run.Everything);
        run.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Should().Equal(
            "epochs 1", "finite True", "score True", "class True", "probabilities True", "affect True", "units 12 True",
            "judged True 21", "custom True", "onnx True", "weights 100 0", "fake glad 0.75 | any.jpg: glad 0.75",
            """json {"expression":"glad","expressionProbabilities":{"calm":0.25,"glad":0.75},"valence":null,"arousal":null""" +
            ""","actionUnits":null,"actionUnitProbabilities":null,"custom":{}}""");
        run.Error.Should().BeEmpty();
        foreach (string name in PackedLibraries.Names.Where(
            name => name is not ("SsMfar.Faces" or "SsMfar.Video" or "SsMfar.Reports" or "SsMfar.Distributed")))
        {
            Directory.GetDirectories(Path.Combine(packages, name.ToLowerInvariant())).Select(Path.GetFileName).Should()
                .Equal([packed.Version],
                    "the library came out of its package");
        }

        Resolved(folder).Should().Contain("SharpZipLib/" + PackedLibraries.CentralVersion("SharpZipLib"))
            .And.Contain("SkiaSharp/" + PackedLibraries.CentralVersion("SkiaSharp"));
    }

    [Fact]
    public async Task An_application_of_one_file_has_the_weights_beside_it_also_through_a_library()
    {
        string folder = Path.Combine(packed.Scratch, "single-file"), output = Path.Combine(folder, "out");
        PretrainedConsumer.Write(folder, packed.Version, packed.Feed, Path.Combine(packed.Scratch, "restored"));
        var environment = new Dictionary<string, string?> { ["NUGET_PACKAGES"] = null, ["RestorePackagesPath"] = null };

        ChildProcess.Outcome published = await ChildProcess.RunAsync(
            ChildProcess.Dotnet,
            [
                "publish", Path.Combine(folder, "App"), "-c", "Release", "-r", RuntimeInformation.RuntimeIdentifier, "--no-self-contained",
                "-p:PublishSingleFile=true", "-o", output, "-nodeReuse:false", "-p:UseSharedCompilation=false",
            ],
            environment);
        published.ExitCode.Should().Be(0, published.Everything);
        string moved = Path.Combine(folder, "moved");
        Directory.Move(output, moved);
        Directory.Delete(Path.Combine(folder, "Library"), recursive: true);
        ChildProcess.Outcome run = await ChildProcess.RunAsync(
            Path.Combine(moved, OperatingSystem.IsWindows() ? "App.exe" : "App"), [], environment);

        run.ExitCode.Should().Be(0, run.Everything);
        run.Output.Trim().Should().Be(Path.Combine(moved, "SsMfar.Pretrained", "imagenet-resnet18.onnx"));
        Directory.GetFiles(Path.Combine(moved, "SsMfar.Pretrained")).Select(file => "weights/" + Path.GetFileName(file)).Should()
            .BeEquivalentTo(PretrainedFiles.Packed);
        Directory.GetFiles(moved, "*.dll").Should().BeEmpty("it is one file");
    }

    [Fact]
    public void Parts_of_their_own_are_short()
    {
        foreach ((string name, string text, int most) in ConsumerParts.Parts)
        {
            text.Split('\n').Count(line => !string.IsNullOrWhiteSpace(line)).Should().BeLessThanOrEqualTo(most, name);
        }
    }

    private static IEnumerable<string> Resolved(string folder)
    {
        using JsonDocument assets = JsonDocument.Parse(File.ReadAllText(Path.Combine(folder, "obj", "project.assets.json")));
        return [.. assets.RootElement.GetProperty("libraries").EnumerateObject().Select(library => library.Name)];
    }
}
