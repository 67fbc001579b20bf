using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;
using SsMfar.Tests.ConsoleApp;

namespace SsMfar.Tests.Layering;

/// <summary>
/// What docs/reliability.md promises of files that are written at once: none by the calls of .NET that fill it in its place. Streams that
/// are opened for files that grow are not looked at.
/// </summary>
public sealed class WholeFileTests
{
    // What makes a file of .NET's and fills it in place: a process that is killed meanwhile leaves a half.
    private static readonly string[] InPlace = ["WriteAll", "AppendAll", "AppendText", "Create", "OpenWrite", "Copy"];

    [Fact]
    public void No_assembly_of_the_product_fills_a_file_in_its_place()
    {
        string folder = Path.GetDirectoryName(ConsoleProgram.Path)!;
        string[] assemblies = [.. Directory.EnumerateFiles(folder, "SsMfar.*.dll"), ConsoleProgram.Path];
        assemblies.Should().HaveCountGreaterThan(6);
        foreach (string assembly in assemblies)
        {
            CalledOfFile(assembly).Where(name => InPlace.Any(start => name.StartsWith(start, StringComparison.Ordinal))).Should()
                .BeEmpty(assembly);
        }

        // These tests themselves do, and the console calls others, which shows that the question finds what it asks for.
        CalledOfFile(typeof(WholeFileTests).Assembly.Location).Should().Contain("WriteAllText");
        CalledOfFile(ConsoleProgram.Path).Should().Contain(["Exists", "Delete"]);
    }

    private static List<string> CalledOfFile(string path)
    {
        using PEReader image = new(File.OpenRead(path));
        MetadataReader metadata = image.GetMetadataReader();
        return
        [
            .. metadata.MemberReferences.Select(metadata.GetMemberReference).Where(member => IsOfFile(metadata, member.Parent))
                .Select(member => metadata.GetString(member.Name)),
        ];
    }

    private static bool IsOfFile(MetadataReader metadata, EntityHandle parent) => parent.Kind == HandleKind.TypeReference
        && metadata.GetTypeReference((TypeReferenceHandle)parent) is var type
        && metadata.GetString(type.Namespace) == "System.IO" && metadata.GetString(type.Name) == nameof(File);
}
