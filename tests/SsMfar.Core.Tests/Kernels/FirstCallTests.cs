using System.Reflection;
using System.Reflection.Emit;
using SsMfar.Kernels.Normalization;
using SsMfar.Kernels.Winograd;

namespace SsMfar.Tests.Kernels;

/// <summary>
/// .NET compiles a method in haste first, and anew once it was called often: a kernel would be up to twenty times as slow in the first
/// dozen steps, which are all that a short run has, and what a trial of number formats measures.
/// </summary>
public sealed class FirstCallTests
{
    private static readonly Dictionary<short, OpCode> Codes = typeof(OpCodes).GetFields(BindingFlags.Public | BindingFlags.Static)
        .Select(field => (OpCode)field.GetValue(null)!).ToDictionary(code => code.Value);

    [Fact]
    public void Loops_of_the_kernels_are_compiled_in_full_at_their_first_call()
    {
        MethodBase[] loops =
        [
            .. typeof(TileProducts<>).Assembly.GetTypes().Where(IsKernel)
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

        return outer.Namespace is "SsMfar.Kernels.Winograd" or "SsMfar.Kernels.Vectors" || outer == typeof(BatchNormKernels<>);
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
        int at = 0;
        while (at < code.Length)
        {
            OpCode operation = Codes[code[at] == 0xFE ? (short)(0xFE00 | code[at + 1]) : code[at]];
            at += operation.Size;
            int length = operation.OperandType switch
            {
                OperandType.InlineNone => 0,
                OperandType.ShortInlineBrTarget or OperandType.ShortInlineI or OperandType.ShortInlineVar => 1,
                OperandType.InlineVar => 2,
                OperandType.InlineI8 or OperandType.InlineR => 8,
                OperandType.InlineSwitch => 4 + (4 * BitConverter.ToInt32(code, at)),
                _ => 4,
            };
            int jump = operation.OperandType switch
            {
                OperandType.ShortInlineBrTarget => (sbyte)code[at],
                OperandType.InlineBrTarget => BitConverter.ToInt32(code, at),
                _ => 0,
            };
            if (jump < 0)
            {
                return true;
            }

            at += length;
        }

        return false;
    }
}
