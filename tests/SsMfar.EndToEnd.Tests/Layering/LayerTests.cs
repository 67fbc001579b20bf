using System.Text.Json;
using SsMfar.Data;
using SsMfar.Training;

namespace SsMfar.Tests.Layering;

/// <summary>Who may know whom: packages, floors, rooms. The rule in words stands in docs/architecture.md.</summary>
public sealed class LayerTests
{
    // Each floor with those that it may know, ground first. What is not written here knows nobody.
    private static readonly Dictionary<string, string[]> Arrows = new()
    {
        ["SsMfar.Affect"] = [],
        ["Shared"] = [],
        ["Validation"] = [],
        ["Randomness"] = [],
        ["Runtime"] = ["SsMfar.Affect"],
        ["Distributed"] = ["SsMfar.Affect", "Runtime"],
        ["Kernels"] = ["Runtime", "Distributed"],
        ["Imaging"] = ["SsMfar.Affect", "Shared"],
        ["Data"] = ["SsMfar.Affect", "Shared", "Randomness", "Runtime", "Imaging"],
        ["Importing"] = ["Imaging", "Data"],
        ["Predictions"] = ["Data"],
        ["Metadata"] = ["SsMfar.Affect", "Imaging", "Data", "Predictions"],
        ["Submissions"] = ["SsMfar.Affect", "Shared", "Imaging", "Data"],
        ["Postprocessing"] = ["Shared", "Imaging", "Data", "Predictions", "Submissions"],
        ["Weights"] = ["SsMfar.Affect", "Shared", "Runtime"],
        ["Augmentation"] = ["Validation", "Randomness", "Runtime", "Imaging"],
        ["SemiSupervised"] = ["Validation", "Runtime"],
        ["Losses"] = ["Validation", "Runtime", "SemiSupervised"],
        ["Metrics"] = ["Shared", "Runtime", "Data", "Predictions", "Submissions"],
        ["Models"] =
        [
            "SsMfar.Affect", "Shared", "Randomness", "Runtime", "Distributed", "Kernels", "Imaging", "Data", "Metadata", "Weights",
        ],
        ["Export"] = ["SsMfar.Affect", "Shared", "Runtime", "Imaging", "Metadata", "Weights", "Models", "Inference"],
        ["Tasks"] = ["Randomness", "Data", "Metadata", "Losses", "Metrics", "Models"],
        ["Inference"] = ["SsMfar.Affect", "Runtime", "Imaging", "Data", "Predictions", "Metadata", "Augmentation", "Metrics", "Models"],
        ["Training"] =
        [
            "SsMfar.Affect", "Shared", "Randomness", "Runtime", "Kernels", "Imaging", "Data",
            "Metadata", "Weights", "Augmentation", "SemiSupervised", "Distributed", "Losses", "Metrics", "Models", "Tasks",
            "Inference", "Predictions",
        ],
        ["Faces"] = ["Shared", "Imaging", "Predictions", "Metadata", "Weights", "Inference"],
        ["Video"] = ["SsMfar.Affect", "Shared", "Imaging", "Data", "Predictions", "Metadata", "Inference", "Faces"],
        ["Reports"] = ["Shared", "Imaging", "Data", "Predictions", "Metadata", "Metrics", "Submissions", "Postprocessing", "Inference"],
        ["SsMfar.Onnx"] = ["Shared", "Imaging", "Predictions", "Metadata", "Weights", "Inference"],
    };

    // What knows tensors and masks alone.
    private static readonly string[] PureFloors = ["Losses", "Metrics", "SemiSupervised"];

    public static TheoryData<string> Floors => [.. Arrows.Keys];

    [Fact]
    public void The_domain_package_knows_no_tensor_library()
    {
        typeof(AnnotationSet).Assembly.GetReferencedAssemblies().Select(name => name.Name).Should().NotContain(name => IsTorch(name!));

        string assets = Path.Combine(Repository.Root, "src", "SsMfar.Affect", "obj", "project.assets.json");
        using JsonDocument graph = JsonDocument.Parse(File.ReadAllText(assets));
        graph.RootElement.GetProperty("libraries").EnumerateObject().Select(library => library.Name).Should()
            .Contain(name => name.StartsWith("SkiaSharp/", StringComparison.Ordinal)).And.NotContain(name => IsTorch(name));
    }

    [Fact]
    public void No_two_rooms_know_each_other_in_a_circle() => Rooms.Circles(Rooms.Of).Should().BeEmpty();

    [Fact]
    public void No_two_floors_know_each_other_in_a_circle() => Rooms.Circles(Rooms.Floor).Should().BeEmpty();

    [Fact]
    public void No_two_namespaces_know_each_other_in_a_circle() => Rooms.Circles(type => type.Namespace!).Should().BeEmpty();

    [Fact]
    public void Every_floor_has_its_arrows() =>
        Rooms.References.SelectMany(pair => new[] { Rooms.Floor(pair.From), Rooms.Floor(pair.To) }).Distinct().Should()
            .BeEquivalentTo(Arrows.Keys);

    [Theory]
    [MemberData(nameof(Floors))]
    public void Arrows_run_as_written(string floor)
    {
        IEnumerable<string> violations =
            from pair in Rooms.References
            where Rooms.Floor(pair.From) == floor && Rooms.Floor(pair.To) != floor && !Arrows[floor].Contains(Rooms.Floor(pair.To))
            select $"{pair.From.FullName} knows {pair.To.FullName}";

        violations.Should().BeEmpty();
    }

    [Fact]
    public void No_arrow_is_written_that_nobody_needs()
    {
        HashSet<(string, string)> real = [.. Rooms.References.Select(pair => (Rooms.Floor(pair.From), Rooms.Floor(pair.To)))];

        Arrows.SelectMany(floor => floor.Value.Select(known => (floor.Key, known))).Where(arrow => !real.Contains(arrow)).Should()
            .BeEmpty();
    }

    [Fact]
    public void Namespaces_follow_the_folders()
    {
        IEnumerable<string> violations =
            from type in Rooms.Assemblies.SelectMany(Rooms.Written)
            let room = Rooms.Of(type)
            let floor = $"SsMfar.{room.Split('/')[0]}"
            where type.Namespace != floor && type.Namespace != $"SsMfar.{room.Replace('/', '.')}" && type.Namespace != room.Split('/')[0]
            where type.Namespace != "SsMfar"
            select $"{type.FullName} lies in {room}";

        violations.Should().BeEmpty();
    }

    [Fact]
    public void Losses_metrics_and_semi_supervision_know_no_files_and_choose_no_device()
    {
        IEnumerable<string> violations =
            from type in Rooms.Written(typeof(MultiTaskTrainer).Assembly)
            where PureFloors.Contains(Rooms.Floor(type))
            from known in TypeReferences.Of(type)
            where IsFile(known) ||
                known.FullName is "SsMfar.Runtime.ComputeDevice" or "SsMfar.Runtime.TorchRuntime" or "TorchSharp.torch+cuda"
            select $"{type.FullName} knows {known.FullName}";

        violations.Should().BeEmpty();
    }

    [Fact]
    public void References_are_found_in_signatures_and_bodies()
    {
        HashSet<Type> known = TypeReferences.Of(typeof(MultiTaskTrainer));

        known.Should().Contain([typeof(AffectDataset), typeof(TrainingResult), typeof(Thread), typeof(Interlocked)]);
        TypeReferences.Of(typeof(SsMfar.Runtime.ComputeDevice)).Should().NotContain(typeof(MultiTaskTrainer));
    }

    private static bool IsTorch(string name) => name.Contains("torch", StringComparison.OrdinalIgnoreCase);

    // MemoryStream, BinaryReader and their like are memory; these are the file system.
    private static bool IsFile(Type type) =>
        type == typeof(File) || type == typeof(Directory) || type == typeof(Path) || type == typeof(FileStream) ||
        type == typeof(FileSystemInfo) || type == typeof(FileInfo) || type == typeof(DirectoryInfo) || type == typeof(StreamReader) ||
        type == typeof(StreamWriter) || type.Namespace is "SsMfar.Imaging" or "System.IO.Compression" or "System.IO.MemoryMappedFiles";
}
