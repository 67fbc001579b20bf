using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;
using SsMfar.Tests.ConsoleApp;

namespace SsMfar.Tests.Layering;

/// <summary>What SECURITY.md promises: no part of the product opens a connection.</summary>
public sealed class NetworkTests
{
    // Of .NET's network libraries those that make no connection: addresses, and the escaping of text for pages.
    private static readonly string[] Harmless = ["System.Net.Primitives", "System.Web.HttpUtility"];

    [Fact]
    public void No_assembly_of_the_product_refers_to_a_network_library()
    {
        string folder = Path.GetDirectoryName(ConsoleProgram.Path)!;
        string[] assemblies = [.. Directory.EnumerateFiles(folder, "SsMfar.*.dll"), ConsoleProgram.Path];
        assemblies.Should().HaveCountGreaterThan(6);
        foreach (string assembly in assemblies)
        {
            References(assembly).Where(name => name.StartsWith("System.Net", StringComparison.Ordinal) && !Harmless.Contains(name))
                .Should().BeEmpty(assembly);
        }

        // HttpClient itself does, which shows that the question finds what it asks for.
        References(typeof(HttpClient).Assembly.Location).Should().Contain("System.Net.Security");
    }

    private static List<string> References(string path)
    {
        using PEReader image = new(File.OpenRead(path));
        MetadataReader metadata = image.GetMetadataReader();
        return [.. metadata.AssemblyReferences.Select(handle => metadata.GetString(metadata.GetAssemblyReference(handle).Name))];
    }
}
