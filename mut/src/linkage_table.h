// Redirects calls that a shared library makes through its procedure linkage table. Only data is written: no instruction
// is changed and no page is made executable.
#pragma once

#include <string>

namespace ttmw {

struct Redirection {
    const char* symbol;
    void* hook;
    void* original;  // where the library has it; null: the library lacks it, and it is left alone
    int slots;  // how many were redirected
};

// Path of the loaded library whose file is named `name`; empty where none is.
std::string linkage_find_library(const char* name);

// Redirects every slot of the symbols, in the libraries that lie in or below `folder`. On an error nothing is changed
// and its reason, a sentence, is returned; empty: done.
std::string linkage_redirect(const char* folder, Redirection* redirections, int count);

// Slots that hold our hooks, and how many should.
int linkage_held();
int linkage_total();

// Puts back what was there. A slot that somebody else took meanwhile is left alone.
int linkage_restore();

}  // namespace ttmw
