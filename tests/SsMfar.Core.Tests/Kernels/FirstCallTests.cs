using System.Reflection;
using System.Reflection.Emit;
using SsMfar.Kernels.Normalization;
using SsMfar.Kernels.Products;

namespace SsMfar.Tests.Kernels;

/// <summary>
/// .NET compiles a method in haste first, and anew once it was called often: a kernel would be up to twenty times as slow in the first
/// dozen steps, which are all that a short run has, and what a trial of number formats measures.
/// </summary>
public sealed class FirstCallTests
{
    [Fact]
    public void Loops_of_the_kernels_are_compiled_in_full_at_their_first_call()
    {
        MethodBase[] loops =
        [
            .. typeof(BlockProducts).Assembly.GetTypes().Where(IsKernel)
                .SelectMany(type => type.GetMembers(BindingFlags.DeclaredOnly | BindingFlags.Public | BindingFlags.NonPublic |
                    BindingFlags.Static | BindingFlags.Instance).OfType<MethodBase>().Where(method => HasPointers(type, method)))
                .Where(HasLoop),
        ];

        loops.Should().HaveCountGreaterThan(25);
        loops.Where(method => (method.MethodImplementationFlags & MethodImplAttributes.AggressiveOptimization) == 0)
            .Select(method => $"{method.DeclaringType}.{method.Name}").Should().BeEmpty();
    }

    private static bool IsKernel(Type type)
    {
        Type outer = type;
        while (outer.DeclaringType is { } declaring)
        {
            outer = declaring;
        }

        return outer.Namespace is "SsMfar.Kernels.Winograd" or "SsMfar.Kernels.Vectors"
            or "SsMfar.Kernels.Fixed" or "SsMfar.Kernels.Products"
            || (outer.Namespace == typeof(BatchNormKernels<>).Namespace && outer.IsGenericTypeDefinition);
    }

    // What a lambda works on are fields of its closure.
    private static bool HasPointers(Type type, MethodBase method) =>
        method.GetParameters().Any(parameter => parameter.ParameterType.IsPointer)
        || method.GetMethodBody()?.LocalVariables.Any(local => local.LocalType.IsPointer) == true
        || type.GetFields(BindingFlags.NonPublic | BindingFlags.Public | BindingFlags.Instance).Any(field => field.FieldType.IsPointer);

    // Whether a branch goes back.
    private static bool HasLoop(MethodBase method)
    {
        byte[] code = method.GetMethodBody()?.GetILAsByteArray() ?? [];
        return Instructions.Of(code).Any(instruction => instruction.Operation.OperandType switch
        {
            OperandType.ShortInlineBrTarget => (sbyte)code[instruction.Operand],
            OperandType.InlineBrTarget => BitConverter.ToInt32(code, instruction.Operand),
            _ => 0,
        } < 0);
    }
}
