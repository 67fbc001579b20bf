using System.Reflection;
using System.Reflection.Emit;

namespace SsMfar.Tests;

/// <summary>A method's code, instruction by instruction (ECMA-335, III).</summary>
internal static class Instructions
{
    private static readonly Dictionary<short, OpCode> Codes = typeof(OpCodes).GetFields(BindingFlags.Public | BindingFlags.Static)
        .Select(field => (OpCode)field.GetValue(null)!).ToDictionary(code => code.Value);

    /// <summary>The operations, each with where its operand is.</summary>
    /// <param name="code">A method's bytes.</param>
    public static IEnumerable<(OpCode Operation, int Operand)> Of(byte[] code)
    {
        int at = 0;
        while (at < code.Length)
        {
            OpCode operation = Codes[code[at] == 0xFE ? (short)(0xFE00 | code[at + 1]) : code[at]];
            at += operation.Size;
            yield return (operation, at);
            at += operation.OperandType switch
            {
                OperandType.InlineNone => 0,
                OperandType.ShortInlineBrTarget or OperandType.ShortInlineI or OperandType.ShortInlineVar => 1,
                OperandType.InlineVar => 2,
                OperandType.InlineI8 or OperandType.InlineR => 8,
                OperandType.InlineSwitch => 4 + (4 * BitConverter.ToInt32(code, at)),
                _ => 4,
            };
        }
    }
}
