using System.Reflection;
using SsMfar.Runtime;
using SsMfar.Training;

namespace SsMfar.Tests.Layering;

/// <summary>
/// No training step reads from the device: what a step can call, through interfaces and modules too, never comes to the one method that
/// waits for it. (Everything else of TorchSharp that waits is banned at build.)
/// </summary>
public sealed class ReadBackTests
{
    private static readonly Assembly Core = typeof(MultiTaskTrainer).Assembly;

    private static readonly MethodBase ReadBack =
        typeof(Transfers).GetMethods().Single(method => method is { Name: nameof(Transfers.ToHost), IsGenericMethod: false });

    [Fact]
    public void Nothing_that_a_step_calls_reads_back_from_the_device()
    {
        Dictionary<MethodBase, MethodBase?> reached = Reach();

        reached.Keys.Select(method => method.DeclaringType!.Name).Should()
            .Contain(
                ["AdamOptimizer", "AdaptiveThresholdPolicy", "CategoricalTaskLoss", "ResidualBlock", "RandAugment", "LabelTable"],
                "or the search finds nothing");
        Path(reached, ReadBack).Should().BeEmpty();
    }

    [Fact]
    public void The_search_sees_a_read_back_behind_an_interface() => TorchCalls.Methods(Core)
        .Where(method => TorchCalls.Of(method).Contains(ReadBack)).Select(method => method.DeclaringType!.Name).Should()
        .Contain(["PolicyState", "LossAccumulator", "SafetensorsWriter"]);

    // Every method that a step can come to, with the one that it came from.
    private static Dictionary<MethodBase, MethodBase?> Reach()
    {
        MethodBase[] methods = [.. TorchCalls.Methods(Core)];
        var reached = new Dictionary<MethodBase, MethodBase?>();
        var waiting = new Queue<MethodBase>();
        void Add(MethodBase method, MethodBase? from)
        {
            if (method.Module == Core.ManifestModule && reached.TryAdd(method, from))
            {
                waiting.Enqueue(method);
            }
        }

        foreach (MethodBase root in methods.Where(IsRoot))
        {
            Add(root, null);
        }

        while (waiting.TryDequeue(out MethodBase? method))
        {
            foreach (MethodBase called in TorchCalls.Of(method))
            {
                Add(called, method);
                if (called is { IsVirtual: true, DeclaringType: { } type } && type.Assembly == Core)
                {
                    foreach (MethodBase other in methods.Where(candidate => Implements(candidate, called, type)))
                    {
                        Add(other, method);
                    }
                }
            }
        }

        return reached;
    }

    // Modules are called by TorchSharp, which is not followed.
    private static bool IsRoot(MethodBase method) =>
        (method.DeclaringType == typeof(TrainingStep) && method.Name == nameof(TrainingStep.Run))
        || (method.DeclaringType == typeof(AdamOptimizer) &&
            method.Name is nameof(AdamOptimizer.Step) or nameof(AdamOptimizer.ClearGradients))
        || (method.DeclaringType == typeof(ExponentialMovingAverage) && method.Name == nameof(ExponentialMovingAverage.Update))
        || method.Name is "forward" or "backward";

    private static bool Implements(MethodBase candidate, MethodBase called, Type type) =>
        candidate.DeclaringType != type
        && candidate.Name.Split('.')[^1] == called.Name
        && type.IsAssignableFrom(candidate.DeclaringType);

    private static List<string> Path(Dictionary<MethodBase, MethodBase?> reached, MethodBase to)
    {
        List<string> path = [];
        for (MethodBase? method = reached.ContainsKey(to) ? to : null; method is not null; method = reached[method])
        {
            path.Add($"{method.DeclaringType!.Name}.{method.Name}");
        }

        return path;
    }
}
