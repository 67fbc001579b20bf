using System.Reflection;
using System.Text.Json;
using SsMfar.Data;
using SsMfar.Training;

namespace SsMfar.Tests.Layering;

/// <summary>Who may know whom: the packages, and the namespaces inside the core.</summary>
public sealed class LayerTests
{
    private static readonly Assembly s_abstractions = typeof(AnnotationSet).Assembly;

    private static readonly Assembly s_core = typeof(MultiTaskTrainer).Assembly;

    // Each namespace of the core with those whose core types it may know. Types of the abstractions are known to all.
    private static readonly Dictionary<string, string[]> s_arrows = new()
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
    private static readonly string[] s_pure = ["Losses", "Metrics", "SemiSupervised"];

    public static TheoryData<string> Namespaces => [.. s_arrows.Keys];

    public static TheoryData<string> Pure => [.. s_pure];

    [Fact]
    public void TheAbstractionsKnowNoTensorLibrary()
    {
        s_abstractions.GetReferencedAssemblies().Select(name => name.Name).Should().NotContain(name => IsTorch(name!));

        string assets = Path.Combine(Repository.Root, "src", "SsMfar.Affect", "obj", "project.assets.json");
        using JsonDocument graph = JsonDocument.Parse(File.ReadAllText(assets));
        graph.RootElement.GetProperty("libraries").EnumerateObject().Select(library => library.Name).Should()
            .Contain(name => name.StartsWith("SkiaSharp/", StringComparison.Ordinal)).And.NotContain(name => IsTorch(name));
    }

    [Fact]
    public void EveryNamespaceOfTheCoreHasItsArrows() => TypeReferences.Written(s_core).Select(Layer).Distinct().Should().BeEquivalentTo(s_arrows.Keys);

    [Theory]
    [MemberData(nameof(Namespaces))]
    public void ArrowsRunOneWay(string layer)
    {
        IEnumerable<string> violations =
            from type in TypeReferences.Written(s_core)
            where Layer(type) == layer
            from known in TypeReferences.Of(type)
            where known.Assembly == s_core && known.Namespace?.StartsWith("SsMfar.", StringComparison.Ordinal) == true
            where Layer(known) != layer && !s_arrows[layer].Contains(Layer(known))
            select $"{type.FullName} knows {known.FullName}";

        violations.Should().BeEmpty();
    }

    [Theory]
    [MemberData(nameof(Pure))]
    public void LossesMetricsAndSemiSupervisionKnowNoFilesAndChooseNoDevice(string layer)
    {
        IEnumerable<string> violations =
            from type in TypeReferences.Written(s_core)
            where Layer(type) == layer
            from known in TypeReferences.Of(type)
            where IsFile(known) || known.FullName is "SsMfar.Runtime.TrainingDevice" or "SsMfar.Runtime.TorchRuntime" or "TorchSharp.torch+cuda"
            select $"{type.FullName} knows {known.FullName}";

        violations.Should().BeEmpty();
    }

    [Fact]
    public void ReferencesAreFoundInSignaturesAndBodies()
    {
        HashSet<Type> known = TypeReferences.Of(typeof(MultiTaskTrainer));

        known.Should().Contain([typeof(AffectDataset), typeof(TrainingResult), typeof(Thread), typeof(Interlocked)]);
        TypeReferences.Of(typeof(SsMfar.Runtime.TrainingDevice)).Should().NotContain(typeof(MultiTaskTrainer));
    }

    private static bool IsTorch(string name) => name.Contains("torch", StringComparison.OrdinalIgnoreCase);

    private static string Layer(Type type) => type.Namespace!.Split('.')[1];

    // MemoryStream, BinaryReader and their like are memory; these are the file system.
    private static bool IsFile(Type type) =>
        type == typeof(File) || type == typeof(Directory) || type == typeof(Path) || type == typeof(FileStream) || type == typeof(FileSystemInfo) ||
        type == typeof(FileInfo) || type == typeof(DirectoryInfo) || type == typeof(StreamReader) || type == typeof(StreamWriter) ||
        type.Namespace is "SsMfar.Imaging" or "System.IO.Compression" or "System.IO.MemoryMappedFiles";
}
