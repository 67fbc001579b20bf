using System.Reflection;
using SsMfar.Training;
using TorchSharp;

namespace SsMfar.Tests.Layering;

/// <summary>
/// TorchSharp passes on the address of a <see cref="Scalar"/> and forgets it, so that a collection may free it under libtorch. No method
/// of the core may call one of TorchSharp that makes such temporaries, by conversion of a number or inside.
/// </summary>
public sealed class TemporaryScalarTests
{
    // It makes temporaries of numbers, and is given none: ScriptedKernels passes kept Scalars, and ScalarLifetimeTests runs it.
    private static readonly string[] Excused = ["CompilationUnit.invoke"];

    [Fact]
    public void No_method_of_the_core_lets_TorchSharp_make_a_temporary_scalar()
    {
        HashSet<MethodBase> makers = Makers();
        makers.Select(Name).Should()
            .Contain(["Tensor.add", "Tensor.op_Addition", "Tensor.op_Multiply", "Scalar.op_Implicit"], "or the search finds nothing");

        IEnumerable<string> calls =
            from method in TorchCalls.Methods(typeof(MultiTaskTrainer).Assembly)
            from called in TorchCalls.Of(method)
            where makers.Contains(called) && !Excused.Contains(Name(called))
            select $"{method.DeclaringType}.{method.Name} calls {Name(called)}";
        calls.Distinct().Should().BeEmpty();
    }

    // Those that convert numbers, and whoever calls them without being told the Scalar.
    private static HashSet<MethodBase> Makers()
    {
        (MethodBase Method, MethodBase[] Calls)[] all =
            [.. TorchCalls.Methods(typeof(torch).Assembly).Select(method => (method, TorchCalls.Of(method).ToArray()))];
        HashSet<MethodBase> makers = [.. all.Select(entry => entry.Method).Where(method => Name(method) == "Scalar.op_Implicit")];
        bool grew = true;
        while (grew)
        {
            grew = false;
            foreach ((MethodBase method, MethodBase[] calls) in all)
            {
                grew |= !makers.Contains(method) && calls.Any(makers.Contains) && makers.Add(method);
            }
        }

        return makers;
    }

    private static string Name(MethodBase method) => $"{method.DeclaringType!.Name}.{method.Name}";
}
