using SsMfar.Export;
using TorchSharp;

namespace SsMfar.Tests.Export;

public sealed class OnnxGraphTests
{
    [Fact]
    public void A_wrong_call_says_what_is_wrong()
    {
        var graph = new OnnxGraph();
        var other = new OnnxGraph();
        OnnxValue value = graph.Initializer("a", [1f, 2f], 2);
        using torch.Tensor complex = torch.zeros(2, torch.ScalarType.ComplexFloat32);

        FluentActions.Invoking(() => graph.Initializer("a", [1f])).Should().Throw<ArgumentException>().WithMessage("*'a' is taken*");
        FluentActions.Invoking(() => graph.Initializer("b", [1f, 2f], 3)).Should().Throw<ArgumentException>()
            .WithMessage("*'b' has 2 values*takes 3*");
        FluentActions.Invoking(() => graph.Initializer("c", complex)).Should().Throw<ArgumentException>()
            .WithMessage("*'c' is ComplexFloat32*");
        FluentActions.Invoking(() => other.Node("Relu", value)).Should().Throw<ArgumentException>().WithMessage("*'a'*Relu*another graph*");
    }

    [Fact]
    public void Names_are_those_of_the_part_and_values_copied_in_float32()
    {
        var graph = new OnnxGraph();
        graph.EnterScope("heads.one.");
        using torch.Tensor transposed = torch.tensor(new double[] { 1, 2, 3, 4 }, [2, 2]).t();
        OnnxValue first = graph.Initializer("weight", transposed);
        graph.EnterScope("heads.two.");
        OnnxValue second = graph.Initializer("weight", [7L], 1);

        first.Name.Should().Be("heads.one.weight");
        second.Name.Should().Be("heads.two.weight");
        graph.Node("Relu", first).Name.Should().Be("heads.two.Relu_0");
        Bytes(graph).Should().Contain("0000803F000040400000004000008040", "row-major, whatever the strides").And
            .Contain("0700000000000000");
    }

    private static string Bytes(OnnxGraph graph)
    {
        using var stream = new MemoryStream();
        graph.ToMessage("test").WriteTo(stream);
        return Convert.ToHexString(stream.ToArray());
    }
}
