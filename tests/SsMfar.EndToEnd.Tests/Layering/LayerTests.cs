using System.Reflection;
using System.Text.Json;
using SsMfar.Data;
using SsMfar.Training;

namespace SsMfar.Tests.Layering;

/// <summary>Who may know whom: the packages, and the namespaces inside the core.</summary>
public sealed class LayerTests
{
    private static readonly Assembly Abstractions = typeof(AnnotationSet).Assembly;

    private static readonly Assembly Core = typeof(MultiTaskTrainer).Assembly;

    // Each namespace of the core with those whose core types it may know. Types of the abstractions are known to all.
    private static readonly Dictionary<string, string[]> Arrows = new()
    {
        ["Runtime"] = [],
        ["Metrics"] = ["Runtime"],
        ["SemiSupervised"] = ["Runtime"],
        ["Augmentation"] = ["Runtime"],
        ["Data"] = ["Runtime"],
        ["Losses"] = ["SemiSupervised", "Runtime"],
        ["Models"] = ["Runtime"],
        ["Tasks"] = ["Data", "Losses", "Metrics", "Models", "Runtime"],
        ["Export"] = ["Models", "Runtime"],
        ["Inference"] = ["Tasks", "Models", "Augmentation", "Runtime"],
        ["Training"] = ["Tasks", "SemiSupervised", "Losses", "Metrics", "Models", "Augmentation", "Data", "Runtime"],
    };

    // What knows tensors and masks alone.
    private static readonly string[] PureRooms = ["Losses", "Metrics", "SemiSupervised"];

    public static TheoryData<string> Namespaces => [.. Arrows.Keys];

    public static TheoryData<string> Pure => [.. PureRooms];

    [Fact]
    public void The_abstractions_know_no_tensor_library()
    {
        Abstractions.GetReferencedAssemblies().Select(name => name.Name).Should().NotContain(name => IsTorch(name!));

        string assets = Path.Combine(Repository.Root, "src", "SsMfar.Affect", "obj", "project.assets.json");
        using JsonDocument graph = JsonDocument.Parse(File.ReadAllText(assets));
        graph.RootElement.GetProperty("libraries").EnumerateObject().Select(library => library.Name).Should()
            .Contain(name => name.StartsWith("SkiaSharp/", StringComparison.Ordinal)).And.NotContain(name => IsTorch(name));
    }

    [Fact]
    public void Every_namespace_of_the_core_has_its_arrows() =>
        TypeReferences.Written(Core).Select(Layer).Distinct().Should().BeEquivalentTo(Arrows.Keys);

    [Theory]
    [MemberData(nameof(Namespaces))]
    public void Arrows_run_one_way(string layer)
    {
        IEnumerable<string> violations =
            from type in TypeReferences.Written(Core)
            where Layer(type) == layer
            from known in TypeReferences.Of(type)
            where known.Assembly == Core && known.Namespace?.StartsWith("SsMfar.", StringComparison.Ordinal) == true
            where Layer(known) != layer && !Arrows[layer].Contains(Layer(known))
            select $"{type.FullName} knows {known.FullName}";

        violations.Should().BeEmpty();
    }

    [Theory]
    [MemberData(nameof(Pure))]
    public void Losses_metrics_and_semi_supervision_know_no_files_and_choose_no_device(string layer)
    {
        IEnumerable<string> violations =
            from type in TypeReferences.Written(Core)
            where Layer(type) == layer
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

    // Registrations lie where editors look for them.
    private static string Layer(Type type) =>
        type.Namespace == "Microsoft.Extensions.DependencyInjection" ? "Inference" : type.Namespace!.Split('.')[1];

    // MemoryStream, BinaryReader and their like are memory; these are the file system.
    private static bool IsFile(Type type) =>
        type == typeof(File) || type == typeof(Directory) || type == typeof(Path) || type == typeof(FileStream) ||
        type == typeof(FileSystemInfo) ||
        type == typeof(FileInfo) ||
        type == typeof(DirectoryInfo) ||
        type == typeof(StreamReader) ||
        type == typeof(StreamWriter) ||
        type.Namespace is "SsMfar.Imaging" or "System.IO.Compression" or "System.IO.MemoryMappedFiles";
}
