using System.Text.Json;
using SsMfar.Onnx;

namespace SsMfar.Tests.Onnx;

/// <summary>What an application on SsMfar.Onnx takes with it.</summary>
public sealed class OnnxDependencyTests
{
    [Theory]
    [InlineData("src/SsMfar.Onnx")]
    [InlineData("samples/SsMfar.WebApi")]
    [InlineData("tests/SsMfar.Onnx.AotProbe")]
    public void Nothing_of_torch_is_in_the_graph(string project)
    {
        string assets = Path.Combine(Repository.Root, project, "obj", "project.assets.json");
        using JsonDocument graph = JsonDocument.Parse(File.ReadAllText(assets));

        graph.RootElement.GetProperty("libraries").EnumerateObject().Select(library => library.Name).Should()
            .Contain(name => name.StartsWith("Microsoft.ML.OnnxRuntime/", StringComparison.Ordinal))
            .And.NotContain(name => name.Contains("torch", StringComparison.OrdinalIgnoreCase) ||
                name.StartsWith("SsMfar.Core/", StringComparison.Ordinal));
    }

    [Fact]
    public void The_assembly_knows_neither_torch_nor_the_core() =>
        typeof(OnnxAffectPredictor).Assembly.GetReferencedAssemblies().Select(name => name.Name).Should().Contain("SsMfar.Affect")
            .And.NotContain(name => name!.Contains("torch", StringComparison.OrdinalIgnoreCase) || name == "SsMfar.Core");
}
