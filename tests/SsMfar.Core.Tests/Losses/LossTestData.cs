using System.Text.Json;
using SsMfar.Losses;
using SsMfar.SemiSupervised;
using TorchSharp;

namespace SsMfar.Tests.Losses;

/// <summary>Reading golden files, making tensors and comparing them, for the tests of losses and policies.</summary>
internal static class LossTestData
{
    public static TheoryData<string> Devices => PresentDevices.All;

    public static JsonElement[] GoldenCases(string file)
    {
        using JsonDocument document = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "Golden", file)));
        return [.. document.RootElement.GetProperty("cases").EnumerateArray().Select(item => item.Clone())];
    }

    public static double[] Doubles(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.Array => [.. element.EnumerateArray().SelectMany(Doubles)],
        JsonValueKind.True => [1],
        JsonValueKind.False => [0],
        _ => [element.GetDouble()],
    };

    /// <summary>A golden array of rows as [N, columns].</summary>
    public static torch.Tensor Matrix(JsonElement element, torch.ScalarType type, bool gradient = false)
    {
        double[] values = Doubles(element);
        int rows = element.GetArrayLength();
        return Matrix(values, rows, rows == 0 ? 0 : values.Length / rows, type, gradient: gradient);
    }

    public static torch.Tensor Matrix(
        double[] values, int rows, int columns, torch.ScalarType type = torch
            .ScalarType
            .Float64, string device = "cpu", bool gradient = false) =>
        torch.tensor(values, torch.ScalarType.Float64).reshape(rows, columns).to(type).to(torch.device(device)).detach()
            .requires_grad_(gradient);

    public static torch.Tensor Vector(double[] values, torch.ScalarType type = torch.ScalarType.Float64, string device = "cpu") =>
        torch.tensor(values, type, torch.device(device));

    public static torch.Tensor Indices(long[] values, string device = "cpu") =>
        torch.tensor(values, torch.ScalarType.Int64, torch.device(device));

    public static double[] Host(this torch.Tensor tensor)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        return tensor.numel() == 0 ? [] : tensor.detach().to(torch.ScalarType.Float64).cpu().contiguous().data<double>().ToArray();
    }

    public static double Scalar(this torch.Tensor tensor) => tensor.Host().Should().ContainSingle().Which;

    /// <summary>The gradient, zeros when none was given.</summary>
    public static double[] Gradient(this torch.Tensor tensor) => tensor.grad is { } gradient ? gradient.Host() : new double[tensor.numel()];

    public static void ShouldBeClose(this double[] actual, double[] expected, double tolerance, string what)
    {
        actual.Should().HaveCount(expected.Length, what);
        double scale = Math.Max(1, expected.Select(Math.Abs).DefaultIfEmpty(0).Max());
        for (int i = 0; i < expected.Length; i++)
        {
            Math.Abs(actual[i] - expected[i]).Should()
                .BeLessThanOrEqualTo(tolerance * scale, "{0}[{1}] should be {2}, is {3}", what, i, expected[i], actual[i]);
        }
    }

    public static double Term(this TaskLossResult result, string name) => result.Terms.Single(term => term.Key == name).Value.Scalar();

    public static double[] Normal(this Random random, int count, double scale) =>
        [.. Enumerable.Range(0, count)
            .Select(_ => scale * Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble()))];

    public static double[] Mask(this Random random, int count, double probability) =>
        [.. Enumerable.Range(0, count).Select(_ => random.NextDouble() < probability ? 1.0 : 0.0)];
}
